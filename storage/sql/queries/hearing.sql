SELECT sent_at, listening_since FROM canary ORDER BY sent_at DESC LIMIT 1
