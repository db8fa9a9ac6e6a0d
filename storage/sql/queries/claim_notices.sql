-- Those who send at the same time get different ones; whoever dies while sending leaves them to the next after the lease.
WITH claimed AS (
    SELECT id FROM notice
    WHERE state = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notice SET next_at = %(leased_until)s
FROM claimed
WHERE notice.id = claimed.id
RETURNING notice.id, notice.alarm_id, notice.raised_at, notice.step, notice.channel, notice.due_at, notice.tries
