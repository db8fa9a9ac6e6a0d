"""Two offices whose data must not meet: what is of the foreign one carries a mark that answers are searched for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from psycopg import sql

from storage.database import Connection
from storage.rollups import Rollups
from tests.integration.rollup_contract import store, taken
from tests.material import NOON

MARKS = re.compile(r"rahasia|98765\.4")
"""In every name, text and value that an office must not see of another."""

OWN, FOREIGN, PUBLIC = 11.5, 98765.4321, 22.25

_ROWS = """
INSERT INTO opd (id, name, contact) VALUES
    ('dlh', 'Dinas Lingkungan Hidup', 'rahasia: 0812'), ('bpbd', 'BPBD', 'rahasia: 0813');
INSERT INTO site (id, name, kecamatan, lat, lon, opd_id) VALUES
    ('alun', 'Alun-alun', '33.17.10', -6.7, 111.3, 'dlh'),
    ('rahasia-posko', 'rahasia posko', '33.17.10', -6.7, 111.3, 'bpbd'),
    ('taman', 'Taman', '33.17.10', -6.7, 111.3, 'bpbd');
INSERT INTO source (id, kind, name, site_id, opd_id, interval_s, listed, public) VALUES
    ('udara', 'sensor', 'Udara', 'taman', 'dlh', 60, true, false),
    ('kamera', 'camera', 'Kamera', 'alun', NULL, 60, true, false),
    ('hujan', 'sensor', 'Hujan', 'taman', 'bpbd', 60, true, true),
    ('rahasia-pasut', 'sensor', 'rahasia', 'alun', 'bpbd', 60, true, false),
    ('rahasia-kamera', 'camera', 'rahasia', 'rahasia-posko', NULL, 60, true, false),
    ('rahasia-yatim', 'sensor', 'rahasia', NULL, NULL, 60, true, false);
INSERT INTO observation (id, source_id, kind, phase, started_at, updated_at, received_at, score, attrs)
SELECT gen_random_uuid(), id, CASE WHEN id LIKE 'rahasia%' THEN 'rahasia' ELSE 'crowding' END, 'end',
    now(), now(), now(), 1,
    CASE WHEN id IN ('udara', 'kamera') THEN '{}' ELSE '{"plat": "rahasia"}' END::jsonb
FROM source;
INSERT INTO liveness (source_id, state, since) SELECT id, 'online', now() FROM source;
INSERT INTO source_life (source_id, boot) SELECT id, 'rahasia' FROM source;
INSERT INTO liveness_change (source_id, at, state) SELECT id, now(), 'online' FROM source;
INSERT INTO alarm (id, version, rule_id, source_id, zone, kind, priority, site_id, title, active, acked, acked_by,
    met_at, raised_at, updated_at, occurrences)
SELECT gen_random_uuid(), 1, 'r', id, '', 'k', 1, 'alun',
    CASE WHEN id IN ('udara', 'kamera') THEN 'alarm ' || id ELSE 'rahasia' END, true, true, 'rahasia Siti',
    now(), now(), now(), 1
FROM source;
INSERT INTO alarm_event (alarm_id, version, action, state, actor, at, reason, alarm)
SELECT id, 1, 'raise', 'UNACK', 'rahasia Siti', now(), 'rahasia', '{"by": "rahasia"}' FROM alarm;
INSERT INTO alarm_journal (alarm_id, at, actor, origin, kind, text)
SELECT id, now(), 'rahasia', 'x', 'note', 'rahasia' FROM alarm;
INSERT INTO alarm_verdict SELECT id, 'true', 'rahasia', now(), 'rahasia' FROM alarm;
INSERT INTO notice (id, alarm_id, raised_at, step, channel, due_at, next_at)
SELECT gen_random_uuid(), id, now(), 0, 'rahasia', now(), now() FROM alarm;
INSERT INTO device (id, origin, settings, secret_hash, created_at, updated_at)
SELECT id, 'file', '{"key": "rahasia"}', '$7$rahasia', now(), now() FROM source;
INSERT INTO device_config (device_id, settings) SELECT id, '{"wifi": "rahasia"}' FROM device;
INSERT INTO device_command (id, device_id, name, args, actor, made_at, expires_at, state)
SELECT gen_random_uuid(), id, 'rahasia', '{}', 'rahasia', now(), now(), 'done' FROM device;
INSERT INTO audit_log (at, actor, action, subject) VALUES (now(), 'rahasia Siti', 'x', 'udara');
INSERT INTO calibration VALUES ('udara', 'pm25', now(), '{}', 'rahasia', 'rahasia', now());
INSERT INTO quarantine (digest, source_id, topic, payload, size_bytes, reason, detail, received_at)
VALUES ('x', 'udara', 'rahasia', 'rahasia', 7, 'malformed', 'rahasia', now());
INSERT INTO evidence VALUES ('rahasia', 'kamera', 9, now());
INSERT INTO edge_birth VALUES ('rahasia', 'n', '', 'x');
INSERT INTO maintenance
VALUES (gen_random_uuid(), '{udara}', '{}', now(), now() + interval '1 hour', 'rahasia', 'rahasia', now());
INSERT INTO rule_version (rule_id, version, definition, origin, actor, reason, at)
VALUES ('r', 1, '{}', 'person', 'rahasia', 'rahasia', now());
INSERT INTO governance.dataset (id, title, opd_id, every_days, metadata, listed) VALUES
    ('sampah', 'Sampah', 'dlh', 1, '{}', true), ('rahasia-data', 'rahasia', 'bpbd', 1, '{"contact": "rahasia"}', true);
INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference)
SELECT id, now(), 5, now(), 'rahasia Budi', 'rahasia' FROM governance.dataset;
INSERT INTO gareng_mesem.setting (demo, accept, dispatch, clear, repeat_days, repeat_within_m, density_t_m3, regency)
VALUES (true, '1 hour', '2 hours', '3 hours', 30, 60, 0.3, 'Rembang');
INSERT INTO gareng_mesem.waste_site (id, name, kind, kecamatan, lat, lon, opd_id, site_id, manager, listed) VALUES
    ('tps', 'TPS', 'tpa', '33.17.10', -6.7, 111.3, 'dlh', NULL, 'rahasia Pak Joko', true),
    ('rahasia-tps', 'rahasia', 'tpa', '33.17.10', -6.7, 111.3, NULL, 'rahasia-posko', 'rahasia', true);
INSERT INTO gareng_mesem.bin SELECT 'wadah-' || id, id, 'udara', 'pm25', 1, 90, true FROM gareng_mesem.waste_site;
INSERT INTO gareng_mesem.load (waste_site_id, reference, weighed_at, received_at, vehicle, gross_kg, tare_kg,
    handling, channel, actor)
SELECT id, 'nota ' || id, now(), now(), 'rahasia K 1234', 9000, 4000, 'landfill', 'http', 'rahasia'
FROM gareng_mesem.waste_site;
INSERT INTO gareng_mesem.incident (id, version, state, origin, camera_id, seen, waste_site_id, title, crew, detected_at,
    updated_at, spot_id, reopened, kecamatan)
SELECT gen_random_uuid(), 1, 'detected', 'camera', camera, true, site, 'rahasia', 'rahasia', now(), now(),
    gen_random_uuid(), 0, place
FROM (VALUES ('kamera', NULL, NULL), (NULL, 'tps', NULL),
    ('rahasia-kamera', 'rahasia-tps', 'rahasia')) AS t (camera, site, place);
"""


def build(connection: Connection, *, compressed: bool) -> None:
    """Fill a migrated, empty database; readings are ten days old, so that their chunks can be compressed."""
    for statement in _ROWS.strip().rstrip(";").split(";\n"):
        connection.execute(statement.encode())
    sources = {"udara": OWN, "kamera": OWN, "hujan": PUBLIC}
    names = ["udara", "kamera", "hujan", "rahasia-pasut", "rahasia-kamera", "rahasia-yatim"]
    begin = NOON - timedelta(days=10)
    store(
        connection,
        [
            taken(name, begin + n * timedelta(minutes=1), sources.get(name, FOREIGN))
            for name in names
            for n in range(30)
        ],
    )
    Rollups(connection).refresh()
    if compressed:
        connection.execute("SELECT compress_chunk(chunk) FROM show_chunks('reading') AS chunk")
    connection.execute("ANALYZE")


@contextmanager
def signed_in(connection: Connection, login: str) -> Iterator[None]:
    """Be a login for a while, as if it had signed in."""
    # By name: the WebAssembly build does not know whom RESET would bring back.
    before = connection.execute("SELECT session_user::text").fetchone()
    assert before is not None
    set_session = sql.SQL("SET SESSION AUTHORIZATION {}")
    connection.execute(set_session.format(sql.Identifier(login)))
    try:
        yield
    finally:
        connection.execute(set_session.format(sql.Identifier(before[0])))
