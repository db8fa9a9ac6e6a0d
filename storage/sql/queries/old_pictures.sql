-- Pictures that no open alarm and no open incident of waste shows.
SELECT sha256
FROM evidence
WHERE received_at < %(edge)s
    AND NOT EXISTS (SELECT FROM alarm WHERE alarm.evidence = evidence.sha256 AND alarm.state <> 'NORM')
    AND NOT EXISTS (
        SELECT FROM gareng_mesem.incident AS i
        WHERE evidence.sha256 IN (i.evidence_before, i.evidence_after) AND i.state NOT IN ('closed', 'false_alarm')
    )
ORDER BY received_at
LIMIT %(limit)s
