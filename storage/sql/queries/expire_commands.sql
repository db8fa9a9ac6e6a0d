UPDATE device_command
SET state = 'timed_out', finished_at = %(now)s,
    detail = CASE state WHEN 'queued' THEN 'it was never sent: is `pantau run` running, and the broker there?'
        ELSE 'the device did not answer in time' END
WHERE state IN ('queued', 'sent') AND expires_at <= %(now)s
RETURNING id, device_id
