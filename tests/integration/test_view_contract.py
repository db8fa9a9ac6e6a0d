"""Every view and function of the two modules answers alike on every edition, number by number."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from configs.site import SiteFile
from storage.database import connect
from storage.rollups import Rollups
from storage.seed import seed
from tests.fix_community import THREE_EDITIONS
from tests.material import NOON
from tests.waste_town import WASTE_CITY

Connection = psycopg.Connection[tuple[Any, ...]]

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAYS = (date(2026, 2, 22), date(2026, 2, 28))
MOST = 9
"""Significant figures compared: the last ones hang on the order in which a server adds."""

OFFICES = SiteFile.model_validate(
    {
        "city": {"name": "Kota uji", "demo": True},
        "sites": [{"id": "a", "name": "A", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}],
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
        "governance": {
            "walidata": "dlh",
            "datasets": [
                {"id": "gareng", "title": "Titik sampah", "opd": "dlh", "programme": "gareng-mesem", "unit": "titik"},
                {"id": "taman", "title": "Taman", "opd": "dlh", "programme": "bang-joger", "every_days": 3},
            ],
        },
    }
)
CITY = WASTE_CITY.model_copy(update={"governance": OFFICES.governance})

ASKED: dict[str, tuple[LiteralString, Sequence[object]]] = {
    "gareng_mesem.metres": ("SELECT gareng_mesem.metres(-6.7, 111.3, -6.8, 111.35)", ()),
    "gareng_mesem.emptyings": ("SELECT * FROM gareng_mesem.emptyings(%s, %s)", (NOON - 24 * HOUR, NOON)),
    "gareng_mesem.fills": ("SELECT * FROM gareng_mesem.fills(%s)", (NOON,)),
    "gareng_mesem.incidents": ("SELECT * FROM gareng_mesem.incidents(%s)", (NOON,)),
    "gareng_mesem.open_by_kecamatan": ("SELECT * FROM gareng_mesem.open_by_kecamatan(%s)", (NOON,)),
    "gareng_mesem.clearing": ("SELECT * FROM gareng_mesem.clearing(%s, %s)", (date(2026, 2, 1), date(2026, 3, 1))),
    "gareng_mesem.tonnage": ("SELECT * FROM gareng_mesem.tonnage(%s, %s)", DAYS),
    "gareng_mesem.reporting": ("SELECT * FROM gareng_mesem.reporting(%s)", (NOON,)),
    "gareng_mesem.repeat_spots": ("SELECT * FROM gareng_mesem.repeat_spots(%s)", (NOON,)),
    "gareng_mesem.sipsn": ("SELECT * FROM gareng_mesem.sipsn(2026)", ()),
    "gareng_mesem.sipsn_tpa": ("SELECT * FROM gareng_mesem.sipsn_tpa(2026)", ()),
    "governance.register": ("SELECT * FROM governance.register", ()),
    "governance.deliveries": ("SELECT * FROM governance.deliveries(%s, %s)", DAYS),
    "governance.days": ("SELECT * FROM governance.days(%s, %s)", DAYS),
    "governance.office_days": ("SELECT * FROM governance.office_days(%s, %s)", DAYS),
    "governance.league": ("SELECT * FROM governance.league(%s, %s)", DAYS),
}

NOW: dict[str, LiteralString] = {
    "gareng_mesem.fill_now": "SELECT * FROM gareng_mesem.fills(now())",
    "gareng_mesem.open_piles": "SELECT * FROM gareng_mesem.incidents(now()) WHERE is_open",
    "gareng_mesem.open_now": "SELECT * FROM gareng_mesem.open_by_kecamatan(now())",
    "gareng_mesem.reporting_now": "SELECT * FROM gareng_mesem.reporting(now())",
    "gareng_mesem.repeat_spots_now": "SELECT * FROM gareng_mesem.repeat_spots(now())",
    "governance.today": (
        "SELECT d.*, r.title, r.programme_id, r.every_days FROM governance.days("
        "(now() AT TIME ZONE 'Asia/Jakarta')::date, (now() AT TIME ZONE 'Asia/Jakarta')::date) AS d "
        "JOIN governance.register AS r ON r.id = d.dataset_id"
    ),
}
"""Views of now, each with the same in words that take a moment."""

PILES = (
    # number, state, hours ago it began, hours until it was cleared, its spot, kecamatan
    (1, "closed", 300, 5, 1, "33.17.10"),
    (2, "closed", 100, 30, 1, "33.17.10"),
    (3, "dispatched", 20, None, 1, "33.17.10"),
    (4, "reopened", 30, None, 4, "33.17.14"),
    (5, "false_alarm", 10, None, 5, "33.17.08"),
)
LOADS = (
    (0, 5200, None, "landfill"),
    (1, None, 6, "landfill"),
    (2, 3000, None, "landfill"),
    (9, 700, None, "recycling"),
)


def town(url: str) -> None:
    """Store the same town wherever it is asked for: bins, piles, loads, reports of offices, readings."""
    seed(url, CITY)
    with psycopg.connect(url, prepare_threshold=None) as connection:
        connection.execute("UPDATE source SET since = %s", [NOON - timedelta(days=100)])
        connection.execute("UPDATE governance.dataset SET since = %s", [NOON - timedelta(days=100)])
        filling = [(NOON - 10 * HOUR + 15 * k * MINUTE, 70.0 + k if k < 8 else 4 + k * 0.9 + k % 3) for k in range(41)]
        measured(connection, "isi-1", "fill", "", filling)
        measured(connection, "cam", "coverage", "sudut", [(NOON - k * HOUR, k / 100) for k in range(1, 140)])
        piled(connection)
        weighed(connection)
        for dataset, days_ago in [("gareng", n) for n in (1, 2, 3, 5, 6, 7)] + [("taman", 2), ("taman", 6)]:
            connection.execute(
                "INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference) "
                "VALUES (%s, %s, 5, %s, 'siti', %s)",
                [dataset, NOON - timedelta(days=days_ago), NOON, str(days_ago)],
            )
    with connect(url, name="test", autocommit=True) as upkeep:
        upkeep.prepare_threshold = None
        Rollups(upkeep).refresh()


def measured(
    connection: Connection, source: str, metric: str, zone: str, values: Sequence[tuple[datetime, float]]
) -> None:
    connection.execute(
        "INSERT INTO series (source_id, metric, zone, unit) VALUES (%s, %s, %s, '%%') ON CONFLICT DO NOTHING",
        [source, metric, zone],
    )
    at, value = zip(*values, strict=True)
    connection.execute(
        "INSERT INTO reading SELECT series.id, taken.at, taken.at, 0, taken.value, taken.value, 0 "
        "FROM series, unnest(%s::timestamptz[], %s::double precision[]) AS taken (at, value) "
        "WHERE source_id = %s AND metric = %s AND zone = %s",
        [list(at), list(value), source, metric, zone],
    )
    connection.execute("INSERT INTO rollup_dirty (begins_at, ends_at) VALUES (%s, %s)", [min(at), max(at)])


def piled(connection: Connection) -> None:
    for number, state, began_h, cleared_h, spot, kecamatan in PILES:
        began = NOON - began_h * HOUR
        cleared = None if cleared_h is None else began + cleared_h * HOUR
        connection.execute(
            "INSERT INTO gareng_mesem.incident (id, version, state, origin, seen, kecamatan, lat, lon, title, "
            "detected_at, cleared_at, closed_at, updated_at, spot_id, reopened) "
            "VALUES (%s, 1, %s, 'report', false, %s, -6.7, 111.3, 'x', %s, %s, %s, %s, %s, 0)",
            [UUID(int=number), state, kecamatan, began, cleared, cleared, began, UUID(int=spot)],
        )


def weighed(connection: Connection) -> None:
    for days_ago, net, volume, handling in LOADS:
        connection.execute(
            "INSERT INTO gareng_mesem.load (waste_site_id, reference, weighed_at, received_at, gross_kg, tare_kg, "
            "volume_m3, handling, channel, actor) VALUES ('tpa-landoh', %s, %s, %s, %s, %s, %s, %s, 'http', 'x')",
            [
                str(days_ago),
                NOON - timedelta(days=days_ago),
                NOON,
                net and net + 4000,
                net and 4000,
                volume,
                handling,
            ],
        )


def answers(url: str) -> dict[str, list[str]]:
    """Return what each view and function says of the town, in an order of their own."""
    with psycopg.connect(url, prepare_threshold=None) as connection:
        return {
            name: sorted(repr(tuple(map(told, row))) for row in connection.execute(text, parameters))
            for name, (text, parameters) in ASKED.items()
        }


def told(value: object) -> object:
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{MOST}g}")
    if isinstance(value, datetime):
        return value.astimezone(UTC)  # a server may call the same zone GMT
    return value


@pytest.mark.parametrize("edition", THREE_EDITIONS[1:])
def test_every_view_says_the_same_on_every_edition(
    edition: str, database_url: str, request: pytest.FixtureRequest
) -> None:
    other: str = request.getfixturevalue(edition)
    for url in (database_url, other):
        town(url)
    plain = answers(database_url)
    assert [name for name, rows in plain.items() if not rows] == [], "the town gives every view something to say"
    assert answers(other) == plain


@pytest.mark.parametrize("edition", THREE_EDITIONS)
def test_views_of_now_are_the_functions_of_this_moment(edition: str, request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue(edition)
    town(url)
    with psycopg.connect(url, prepare_threshold=None) as connection:
        for name, same in NOW.items():
            view = connection.execute(f"SELECT * FROM {name}".encode()).fetchall()
            assert view == connection.execute(same).fetchall(), name
            assert view or name == "gareng_mesem.repeat_spots_now", name  # of the last 30 days, and it is later now


@pytest.mark.database
def test_no_view_is_left_out(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT DISTINCT pronamespace::regnamespace::text || '.' || proname FROM pg_proc "
            "WHERE pronamespace::regnamespace::text IN ('governance', 'gareng_mesem') "
            "UNION SELECT schemaname || '.' || viewname FROM pg_views "
            "WHERE schemaname IN ('governance', 'gareng_mesem')"
        ).fetchall()
    assert {name for (name,) in found} == {*ASKED, *NOW}
