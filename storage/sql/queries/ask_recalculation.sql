-- Up to the next calibration of the series: what lies beyond is its affair.
INSERT INTO recalculation (source_id, metric, begins_at, ends_at, asked_by, asked_at)
SELECT
    %(source)s, %(metric)s, %(valid_from)s,
    (
        SELECT min(calibration.valid_from)
        FROM calibration
        WHERE calibration.source_id = %(source)s
            AND calibration.metric = %(metric)s
            AND calibration.valid_from > %(valid_from)s
    ),
    %(actor)s, %(now)s
RETURNING id, begins_at, ends_at
