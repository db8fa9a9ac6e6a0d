-- A gap in canaries means that Pantau itself was deaf: listening starts anew, and nobody is blamed for it. So does a gap
-- between their arrivals alone: the broker stood still, for everybody, and sources have yet to find their way back.
-- An older canary is a redelivery and changes nothing, unless it was also received before the stored one was sent:
-- then the clock was set back, and listening starts anew as well.
INSERT INTO canary AS known (sender, sent_at, received_at, listening_since)
VALUES (%(sender)s, %(sent_at)s, %(received_at)s, %(sent_at)s)
ON CONFLICT (sender) DO UPDATE
SET sent_at = excluded.sent_at,
    received_at = excluded.received_at,
    listening_since = CASE
        WHEN excluded.sent_at - known.sent_at BETWEEN interval '0' AND %(longest_gap)s
            AND excluded.received_at - known.received_at <= %(longest_gap)s
        THEN known.listening_since
        ELSE greatest(excluded.sent_at, excluded.received_at)
    END
WHERE excluded.sent_at > known.sent_at OR excluded.received_at < known.sent_at - %(longest_gap)s::interval
RETURNING sent_at, listening_since
