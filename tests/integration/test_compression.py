"""TimescaleDB's Community edition: compressed chunks take late data and new calibrations like any others."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from events.calibration import Calibration, Linear
from events.ids import SourceId
from events.quantities import Quantity
from events.reading import Quality
from storage.calibrations import CalibrationBook
from storage.database import Connection, connect
from storage.retention import Keeping, Retention
from storage.rollups import Rollups
from storage.upkeep import read_standing
from tests.integration.rollup_contract import STEPS, Row, answered, expected, same, store, taken
from tests.material import NOON

pytestmark = [pytest.mark.database, pytest.mark.community]

DAY = timedelta(days=1)
START = NOON - 12 * DAY
KEEPING = Keeping(days={}, compress_after_days=7)


class NoPictures:
    def remove(self, sha256: str) -> None:
        raise AssertionError(sha256)


@pytest.fixture
def connection(community_database: str) -> Iterator[Connection]:
    with connect(community_database, name="test", autocommit=True) as connection:
        connection.prepare_threshold = None
        yield connection


def compress(connection: Connection) -> None:
    Retention(connection, NoPictures()).run(KEEPING, NOON)
    connection.execute(
        "SELECT compress_chunk(chunk, if_not_compressed => true) "
        "FROM show_chunks('reading', older_than => %s::timestamptz) AS chunk",
        [NOON - 7 * DAY],
    )


def test_policies_follow_the_site_file_and_no_refresh_reaches_the_edge(connection: Connection) -> None:
    jobs = (
        "SELECT proc_name, config ->> 'compress_after', (config ->> 'start_offset')::interval "
        "FROM timescaledb_information.jobs "
        "WHERE proc_name IN ('policy_compression', 'policy_refresh_continuous_aggregate') ORDER BY 1, 3"
    )
    for days in (7, 9, 9):
        Retention(connection, NoPictures()).run(Keeping(days={}, compress_after_days=days), NOON)
        found = connection.execute(jobs).fetchall()
        assert found[0][:2] == ("policy_compression", f"{days} days")
        assert len(found) == 4
        assert max(start for _, _, start in found if start is not None) < 7 * DAY, (
            "the shortest that readings can be kept"
        )


def test_a_calibration_of_the_compressed_past_unpacks_no_other_series(
    connection: Connection, community_database: str
) -> None:
    mine = [taken("air", START + n * timedelta(minutes=10), n % 40 / 4) for n in range(12 * 144)]
    others = [taken(f"other-{k}", START + n * timedelta(minutes=10), 1.0) for n in range(12 * 144) for k in range(4)]
    store(connection, mine + others)
    Rollups(connection).refresh()
    compress(connection)
    late = taken("air", START + timedelta(minutes=5), 100, Quality.LATE, received=NOON)
    store(connection, [late])
    connection.close()
    key = (SourceId("air"), "pm25")
    with CalibrationBook(community_database, actor="siti") as book:
        book._connection.prepare_threshold = None
        # A step's own rows and the rest of their batches; the four other series of its days would be far more.
        book._connection.execute("SET timescaledb.max_tuples_decompressed_per_dml_transaction = 800")
        line = Calibration(valid_from=START - DAY, curve=Linear(2.0, 1.0))
        job = book.set(key, line, NOON)
        assert book.recalculate(job, {key: Quantity(unit="ug/m3")}, lambda: NOON, step=500) == len(mine) + 1
        book._connection.execute("RESET timescaledb.max_tuples_decompressed_per_dml_transaction")
    with connect(community_database, name="test", autocommit=True) as again:
        again.prepare_threshold = None
        Rollups(again).refresh()
        rows = [Row(r.source, r.ts, r.value * 2 + 1, r.quality) for r in [*mine, late]]
        rows += [Row(r.source, r.ts, r.value, r.quality) for r in others]
        for level in STEPS:
            assert same(answered(again, level), expected(rows, level))
    reading = next(one for one in read_standing(community_database).relations if one.name == "reading")
    assert reading.compressed == 5
