SELECT alarm
FROM shadow_alarm
WHERE met_at < %(end)s AND (active OR cleared_at >= %(start)s)
ORDER BY met_at, id
