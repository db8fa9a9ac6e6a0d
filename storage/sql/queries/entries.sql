-- Also what was said of this alarm from the other end of a link.
SELECT * FROM alarm_journal WHERE alarm_id = %(alarm_id)s OR linked_id = %(alarm_id)s ORDER BY id
