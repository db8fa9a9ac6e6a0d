-- One that has not begun never was; the audit log remembers it.
WITH given_up AS (
    DELETE FROM maintenance WHERE id = %(id)s AND starts_at >= %(at)s RETURNING *
), ended AS (
    UPDATE maintenance SET ends_at = %(at)s WHERE id = %(id)s AND starts_at < %(at)s AND ends_at > %(at)s RETURNING *
)
SELECT * FROM given_up
UNION ALL
SELECT * FROM ended
