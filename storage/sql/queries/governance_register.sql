-- Every dataset with its state on the last day and its streak.
WITH days AS MATERIALIZED (
    SELECT d.*, max(d.day) FILTER (WHERE d.state <> 'fresh') OVER (PARTITION BY d.dataset_id) AS broken
    FROM governance.days(%(first)s, %(last)s) AS d
), streaks AS (
    SELECT dataset_id, count(*) FILTER (WHERE day > coalesce(broken, %(first)s::date - 1)) AS streak_days
    FROM days
    GROUP BY 1
)
SELECT
    register.id, register.kind, register.title, register.opd_id, opd.name AS office_name,
    coalesce(register.metadata ->> 'contact', opd.contact) AS contact, register.programme_id, register.every_days,
    register.source_id, register.kecamatan, register.metadata, days.day, days.state, days.deliveries, days.latest,
    coalesce(streaks.streak_days, 0) AS streak_days
FROM governance.register
LEFT JOIN opd ON opd.id = register.opd_id
LEFT JOIN days ON days.dataset_id = register.id AND days.day = %(last)s
LEFT JOIN streaks ON streaks.dataset_id = register.id
WHERE %(dataset)s::text IS NULL OR register.id = %(dataset)s::text
ORDER BY register.kind = 'programme' DESC, register.kind, register.id
