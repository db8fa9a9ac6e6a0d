INSERT INTO calibration (source_id, metric, valid_from, curve, note, made_by, made_at)
VALUES (%(source)s, %(metric)s, %(valid_from)s, %(curve)s::jsonb, %(note)s, %(actor)s, %(now)s)
ON CONFLICT (source_id, metric, valid_from) DO UPDATE
SET curve = excluded.curve, note = excluded.note, made_by = excluded.made_by, made_at = excluded.made_at
