-- A row of each table that holds what a city has collected, as it could be written ever since the table exists.

INSERT INTO opd (id, name)
VALUES ('dlh', 'Dinas Lingkungan Hidup');

INSERT INTO site VALUES ('alun', 'Alun-alun', '33.17.10', -6.7, 111.3, 'dlh');

INSERT INTO source VALUES ('air', 'sensor', 'Udara', 'alun', 'dlh', 60, true);

INSERT INTO series (source_id, metric, unit)
VALUES ('air', 'noise', 'dB[A]');

INSERT INTO reading SELECT 1, '2026-03-01 12:00:07+00'::timestamptz + n * interval '1 minute', '2026-03-01 12:00:07+00', 1, n, n, 0
FROM generate_series(0, 2999) AS n;

INSERT INTO observation (id, source_id, kind, phase, started_at, updated_at, received_at, score, attrs)
VALUES ('00000000-0000-7000-8000-000000000001', 'cam', 'crowding', 'end', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00', 1, '{}');

INSERT INTO evidence VALUES (repeat('a', 64), 'cam', 9, '2026-03-01 12:00:07+00');

INSERT INTO quarantine (digest, topic, payload, size_bytes, reason, detail, received_at)
VALUES ('x', 't', '\x00', 1, 'malformed', 'd', '2026-03-01 12:00:07+00');

INSERT INTO canary VALUES ('pantau-ingest', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00');

INSERT INTO rule_state (rule_id, source_id, zone)
VALUES ('r', 'air', '');

INSERT INTO alarm (id, version, rule_id, source_id, zone, kind, priority, site_id, title,
    active, acked, met_at, raised_at, updated_at, occurrences)
VALUES ('00000000-0000-7000-8000-000000000002', 1, 'r', 'air', '', 'k', 1, 'alun', 't', true, false, '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00', 1);

INSERT INTO alarm_event (alarm_id, version, action, state, actor, at, alarm)
VALUES ('00000000-0000-7000-8000-000000000002', 1, 'raise', 'UNACK', 'rule', '2026-03-01 12:00:07+00', '{}');

INSERT INTO receipt (source_id, boot, upto, begun_at, updated_at)
VALUES ('air', 'b', 7, '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00');

INSERT INTO device (id, origin, settings, created_at, updated_at)
VALUES ('air', 'file', '{}', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00');

INSERT INTO audit_log (at, actor, action, subject)
VALUES ('2026-03-01 12:00:07+00', 'siti', 'x', 'air');

INSERT INTO listening VALUES ('pantau-ingest', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00');

INSERT INTO device_clock VALUES ('other', '2026-03-01 12:00:07+00', 5, 1, 9);

INSERT INTO calibration VALUES ('air', 'noise', '2026-03-01 12:00:07+00', '{"gain": 1, "offset": 0}', NULL, 'siti', '2026-03-01 12:00:07+00');

INSERT INTO notice (id, alarm_id, raised_at, step, channel, due_at, next_at)
VALUES (gen_random_uuid(), '00000000-0000-7000-8000-000000000002', '2026-03-01 12:00:07+00', 0, 'telegram', '2026-03-01 12:00:07+00', '2026-03-01 12:00:07+00');
