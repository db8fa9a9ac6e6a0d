INSERT INTO alarm_verdict (alarm_id, truth, actor, at, note)
SELECT id, %(truth)s, %(actor)s, %(at)s, %(note)s FROM alarm WHERE id = %(alarm_id)s
ON CONFLICT (alarm_id) DO UPDATE
SET truth = excluded.truth, actor = excluded.actor, at = excluded.at, note = excluded.note
RETURNING alarm_id
