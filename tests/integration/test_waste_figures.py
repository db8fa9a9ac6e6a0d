"""The worked examples of docs/gareng-mesem.md on every edition of the database, and views beside plain reckoning."""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from uuid6 import uuid7

from storage.database import connect
from storage.rollups import Rollups
from storage.seed import seed
from tests.fix_community import THREE_EDITIONS
from tests.material import NOON
from tests.waste_town import WASTE_CITY

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(params=THREE_EDITIONS)
def city(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    seed(url, WASTE_CITY)
    return url


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """Open a connection that prepares nothing: every connection to the WebAssembly build is the same session."""
    with psycopg.connect(url, row_factory=dict_row, prepare_threshold=None) as connection:
        yield connection


def rows(url: str, text: str, *parameters: object) -> list[dict[str, Any]]:
    with session(url) as connection:
        return connection.execute(text.encode(), list(parameters)).fetchall()


def measure(url: str, values: Sequence[tuple[datetime, float]], source: str = "isi-1", metric: str = "fill") -> None:
    """Store readings as the writer would, and roll them up as the upkeep would."""
    zone = "sudut" if metric == "coverage" else ""
    with session(url) as connection:
        connection.execute(
            "INSERT INTO series (source_id, metric, zone, unit) VALUES (%s, %s, %s, '%%') ON CONFLICT DO NOTHING",
            [source, metric, zone],
        )
        (found,) = connection.execute(
            "SELECT id FROM series WHERE source_id = %s AND metric = %s", [source, metric]
        ).fetchall()
        series = found["id"]
        # What goes is rolled up anew as well as what comes.
        changed = (
            "INSERT INTO rollup_dirty (begins_at, ends_at) SELECT min(ts), max(ts) FROM reading HAVING count(*) > 0"
        )
        connection.execute(changed)
        connection.execute("DELETE FROM reading WHERE series_id = %s", [series])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO reading VALUES (%s, %s, %s, 0, %s, %s, 0)",
                [(series, at, at, value, value) for at, value in values],
            )
        connection.execute(changed)
    with connect(url, name="test", autocommit=True) as upkeep:
        upkeep.prepare_threshold = None
        Rollups(upkeep).refresh()


def fill(url: str, moment: datetime = NOON, bin_id: str = "kontainer-1") -> dict[str, Any]:
    (found,) = rows(url, "SELECT * FROM gareng_mesem.fills(%s) WHERE bin_id = %s", moment, bin_id)
    return found


def test_a_bin_that_fills_steadily_is_full_when_the_docs_say(city: str) -> None:
    """Worked example 1: emptied at 04.00, 10 % then, 4 points an hour and half a point of noise; now it is 12.00."""
    noise = (0.5, -0.5, 0.3, -0.4, 0.1, 0.0, -0.2)
    before = [(NOON - 10 * HOUR + 15 * k * MINUTE, 70 + k) for k in range(8)]
    since = [(NOON - 8 * HOUR + 15 * k * MINUTE, 10 + k + noise[k % 7]) for k in range(33)]
    measure(city, [*before, *since])
    found = fill(city)
    assert found["emptied_at"] == NOON - 8 * HOUR
    assert (found["forecast"], found["points"], found["emptyings_24h"]) == ("rising", 33, 1)
    assert [round(found[key], 2) for key in ("percent", "percent_per_hour", "full_in_h")] == [42.1, 4.0, 9.5]
    assert [round(found[key], 2) for key in ("full_earliest_h", "full_latest_h")] == [9.4, 9.63]
    assert found["full_earliest_h"] <= found["full_in_h"] <= found["full_latest_h"]


def test_a_bin_that_does_not_rise_has_no_forecast(city: str) -> None:
    flat = [(NOON - 6 * HOUR + 10 * k * MINUTE, 40 + (k % 3)) for k in range(36)]
    measure(city, flat)
    found = fill(city)
    assert (found["forecast"], found["full_in_h"], found["full_latest_h"]) == ("unknown", None, None)
    measure(city, [(NOON - 60 * MINUTE + 10 * k * MINUTE, 10 + 5 * k) for k in range(6)])
    assert fill(city)["forecast"] == "unknown"  # six points are too few
    measure(city, [(NOON - 6 * HOUR + 10 * k * MINUTE, 50 + k) for k in range(36)])
    assert (fill(city)["forecast"], fill(city)["minutes_full_24h"]) == ("full", 6)
    assert fill(city, NOON + 2 * DAY)["forecast"] == "no_data"
    assert fill(city, bin_id="kontainer-2")["forecast"] == "no_data"


def test_emptyings_are_falls_of_forty_points_within_half_an_hour(city: str) -> None:
    """Worked example 2: a fall in two steps is one emptying, a slow one and a small one are none."""
    levels = [90, 90, 55, 8, 9, 10, 60, 61, 30, 62, 62, 52, 42, 32, 22, 12]
    measure(city, [(NOON - 8 * HOUR + 15 * k * MINUTE, level) for k, level in enumerate(levels)])
    found = rows(city, "SELECT * FROM gareng_mesem.emptyings(%s, %s)", NOON - DAY, NOON)
    assert [(one["emptied_at"], one["from_percent"], one["to_percent"]) for one in found] == [
        (NOON - 8 * HOUR + 45 * MINUTE, 90, 8)
    ]


def slopes_of(points: Sequence[tuple[float, float]]) -> list[float]:
    return sorted(
        (b[1] - a[1]) / (b[0] - a[0]) for place, a in enumerate(points) for b in points[place + 1 :] if b[0] > a[0]
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slope=st.floats(0.2, 6),
    unrest=st.lists(st.floats(-2, 2), min_size=9, max_size=40),
)
def test_the_line_is_that_of_theil_and_sen(city: str, slope: float, unrest: list[float]) -> None:
    """Against the definition, written out: the median of all slopes, its interval by their ranks."""
    values = [
        (NOON - (len(unrest) - place) * 10 * MINUTE, 20 + slope * place / 6 + wobble)
        for place, wobble in enumerate(unrest)
    ]
    measure(city, values)
    points = [((at - NOON) / HOUR, value) for at, value in values]
    slopes = slopes_of(points)
    n = len(points)
    spread = 1.645 * (n * (n - 1) * (2 * n + 5) / 18) ** 0.5
    lower = slopes[max(0, int((len(slopes) - spread) // 2) - 1)]
    found = fill(city)
    assert found["points"] == n
    assert found["percent_per_hour"] == pytest.approx(statistics.median(slopes), abs=1e-6)
    assert found["slowest_per_hour"] == pytest.approx(lower, abs=1e-6)
    assert found["slowest_per_hour"] <= found["percent_per_hour"] <= found["fastest_per_hour"]
    assert found["forecast"] == ("full" if values[-1][1] >= 80 else "rising" if lower > 0 else "unknown")


def incident(
    url: str, state: str, began_h: float, *, cleared_h: float | None = None, kecamatan: str = "33.17.10"
) -> UUID:
    """Write an incident that began so many hours ago and was cleared so many hours later."""
    identity = uuid7()
    began = NOON - began_h * HOUR
    cleared = None if cleared_h is None else began + cleared_h * HOUR
    with session(url) as connection:
        connection.execute(
            "INSERT INTO gareng_mesem.incident (id, version, state, origin, seen, kecamatan, title, detected_at, "
            "cleared_at, closed_at, updated_at, spot_id, reopened) "
            "VALUES (%s, 1, %s, 'report', false, %s, 'x', %s, %s, %s, %s, %s, 0)",
            [identity, state, kecamatan, began, cleared, cleared if state == "closed" else None, began, identity],
        )
    return identity


def test_open_piles_stand_by_kecamatan_and_age(city: str) -> None:
    """Worked example 3."""
    for state, began_h, kecamatan in (
        ("detected", 0.4, "33.17.10"),
        ("detected", 2, "33.17.10"),
        ("dispatched", 20, "33.17.10"),
        ("reopened", 30, "33.17.14"),
        ("cleared", 200, "33.17.14"),
        ("closed", 300, "33.17.14"),
        ("false_alarm", 1, "33.17.05"),
    ):
        incident(city, state, began_h, kecamatan=kecamatan, cleared_h=1 if state in {"cleared", "closed"} else None)
    found = rows(city, "SELECT * FROM gareng_mesem.open_by_kecamatan(%s)", NOON)
    assert [tuple(one.values()) for one in found] == [
        ("33.17.10", 3, 2, 1, 0, 0, 1, 20),
        ("33.17.14", 2, 0, 0, 1, 1, 1, 200),
    ]


def test_time_to_clear_is_from_detection_to_the_proven_claim(city: str) -> None:
    """Worked example 4."""
    for cleared_h in (2, 4, 6, 8, 30):
        incident(city, "closed", 48, cleared_h=cleared_h)
    incident(city, "closed", 30, cleared_h=12, kecamatan="33.17.14")
    incident(city, "cleared", 48, cleared_h=1)  # a claim that nobody proved
    incident(city, "closed", 24 * 40, cleared_h=1)  # long ago
    found = rows(city, "SELECT * FROM gareng_mesem.clearing(%s, %s)", date(2026, 2, 1), date(2026, 3, 1))
    assert [
        (one["kecamatan"], one["closed"], one["median_h"], one["p90_h"], round(one["mean_h"], 2), one["in_time"])
        for one in found
    ] == [("", 6, 7, 21, 10.33, 5), ("33.17.10", 5, 6, pytest.approx(21.2), 10, 4), ("33.17.14", 1, 12, 12, 12, 1)]


LOADS = (
    # days ago, kilograms net, cubic metres, handling
    (0, 5200, None, "landfill"),
    (0, 4800, None, "landfill"),
    (0, None, 6, "landfill"),
    (1, 3000, None, "landfill"),
    (7, 8000, None, "landfill"),
    (8, 500, None, "recycling"),
    (8, 300, None, "composting"),
    (400, 7000, None, "landfill"),
)


@pytest.fixture
def weighed(city: str) -> str:
    with session(city) as connection:
        for place, (days, net, volume, handling) in enumerate(LOADS):
            connection.execute(
                "INSERT INTO gareng_mesem.load (waste_site_id, reference, weighed_at, received_at, gross_kg, "
                "tare_kg, volume_m3, handling, channel, actor) "
                "VALUES ('tpa-landoh', %s, %s, now(), %s, %s, %s, %s, 'http', 'x')",
                [str(place), NOON - days * DAY, net and net + 4000, net and 4000, volume, handling],
            )
    return city


def test_tonnes_of_a_day_stand_beside_those_of_a_week_before(weighed: str) -> None:
    """Worked example 5."""
    found = rows(weighed, "SELECT * FROM gareng_mesem.tonnage(%s, %s)", date(2026, 2, 28), date(2026, 3, 1))
    assert [
        (one["day"].day, one["loads"], one["tonnes"], one["unweighed_m3"], one["tonnes_week_before"]) for one in found
    ] == [(28, 1, 3, 0, 0.8), (1, 3, 10, 6, 8)]


def test_sipsn_keeps_tonnes_and_cubic_metres_apart(weighed: str) -> None:
    """Worked example 6."""
    (year,) = rows(weighed, "SELECT * FROM gareng_mesem.sipsn(2026)")
    assert {key: year[key] for key in ("tahun", "provinsi", "kabupaten_kota", "dasar_timbulan")} == {
        "tahun": 2026,
        "provinsi": "Jawa Tengah",
        "kabupaten_kota": "Kota uji",
        "dasar_timbulan": "SNI 19-3983-1995, perkiraan",
    }
    assert [
        round(year[key], 3)
        for key in (
            "timbulan_harian_ton",
            "timbulan_tahunan_ton",
            "pengurangan_ton",
            "penanganan_ton",
            "daur_ulang_ton",
            "bahan_baku_ton",
            "masuk_tpa_ton",
            "masuk_landfill_ton",
            "tidak_ditimbang_m3",
            "densitas_ton_m3",
            "perkiraan_tidak_ditimbang_ton",
        )
    ] == [266.2, 97163.146, 0.5, 21.3, 0.5, 0.3, 21.8, 21.0, 6.0, 0.16, 0.96]
    assert year["plastik_persen"] is None
    (site,) = rows(weighed, "SELECT * FROM gareng_mesem.sipsn_tpa(2026)")
    assert (site["nama"], site["pengelola"], site["sampah_masuk_ton"], site["tidak_ditimbang_m3"], site["status"]) == (
        "TPA Landoh",
        "DLH",
        21.8,
        6,
        "aktif",
    )
    (before,) = rows(weighed, "SELECT masuk_tpa_ton FROM gareng_mesem.sipsn(2025)")
    assert before["masuk_tpa_ton"] == 7


def test_a_site_reports_when_its_bin_its_camera_or_its_weighbridge_did_in_the_last_day(weighed: str) -> None:
    """Worked example 7."""
    assert [(one["waste_site_id"], one["equipped"], one["reports"]) for one in reporting(weighed)] == [
        ("liar-utara", False, False),
        ("tpa-landoh", True, True),
        ("tps-pasar", True, False),
    ]
    measure(weighed, [(NOON - 25 * HOUR, 30)])
    assert [one["reports"] for one in reporting(weighed)] == [False, True, False]
    measure(weighed, [(NOON - HOUR, 0.02)], source="cam", metric="coverage")
    assert [one["reports"] for one in reporting(weighed)] == [False, True, True]


def reporting(url: str) -> list[dict[str, Any]]:
    return rows(url, "SELECT * FROM gareng_mesem.reporting(%s)", NOON)


def test_the_views_of_now_answer(city: str) -> None:
    for view in ("fill_now", "open_piles", "open_now", "reporting_now", "repeat_spots_now"):
        rows(city, f"SELECT * FROM gareng_mesem.{view}")
    (found,) = rows(city, "SELECT gareng_mesem.metres(-6.7, 111.3, -6.8, 111.3) AS m")
    assert found["m"] == pytest.approx(11_119.5, abs=1)
