-- Pictures that no open alarm shows.
SELECT sha256
FROM evidence
WHERE received_at < %(edge)s AND NOT EXISTS (SELECT FROM alarm WHERE alarm.evidence = evidence.sha256 AND alarm.state <> 'NORM')
ORDER BY received_at
LIMIT %(limit)s
