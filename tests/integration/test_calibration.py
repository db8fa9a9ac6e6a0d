"""Calibrations as the administrator sets them, and the past computed again."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from devices.decoder import Decoder
from devices.registry import Registry
from events.calibration import Calibration, Linear, Piecewise
from events.errors import StorageError
from events.ids import SourceId
from events.quantities import Quantity
from storage.calibrations import CalibrationBook, read_calibrations, settle_recalculations
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.fix_writer import Rows
from tests.material import NOON, NoRules, at, telemetry
from tests.unit.devices.town import NOW, SITE, arriving

AIR = SourceId("air-1")
KEY = (AIR, "pm25")
LIMITS = {KEY: Quantity(unit="ug/m3", minimum=0, maximum=1000)}
VALUES = (
    "SELECT ts, raw, value, quality.name FROM reading JOIN quality ON code = quality "
    "JOIN series ON series.id = series_id WHERE metric = 'pm25' ORDER BY ts"
)


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path), lambda: NOON)
    yield writer
    writer.close()


@pytest.fixture
def book(each_database: str) -> Iterator[CalibrationBook]:
    with CalibrationBook(each_database, actor="siti") as book:
        yield book


def line(since_s: float, gain: float, offset: float = 0) -> Calibration:
    return Calibration(valid_from=at(since_s), curve=Linear(gain, offset))


def fill(writer: Writer, count: int = 10) -> None:
    writer.commit([telemetry("air-1", n, {"pm25": n, "humidity": n}) for n in range(count)])


def values(ask: Callable[..., Rows]) -> list[object]:
    return [row[2] for row in ask(VALUES)]


class TestThePast:
    def test_is_computed_again_from_that_time_until_the_next_calibration(
        self, writer: Writer, book: CalibrationBook, ask: Callable[..., Rows]
    ) -> None:
        fill(writer)
        book.recalculate(book.set(KEY, line(7, 1, 100), NOON), LIMITS, lambda: NOON)
        assert book.recalculate(book.set(KEY, line(3, 2), NOON), LIMITS, lambda: NOON) == 4
        assert values(ask) == [0, 1, 2, 6, 8, 10, 12, 107, 108, 109]
        assert [row[1] for row in ask(VALUES)] == list(range(10)), "raw values never change"
        assert ask(
            "SELECT DISTINCT value - raw FROM reading JOIN series ON id = series_id WHERE metric = 'humidity'"
        ) == [(0,)]

    def test_comes_into_its_range_or_leaves_it(
        self, writer: Writer, book: CalibrationBook, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 3)
        book.recalculate(book.set(KEY, line(0, 600), NOON), LIMITS, lambda: NOON)
        assert [row[3] for row in ask(VALUES)] == ["ok", "ok", "out_of_range"]
        book.recalculate(book.set(KEY, line(0, 1), NOON), LIMITS, lambda: NOON)
        assert [row[3] for row in ask(VALUES)] == ["ok", "ok", "ok"]

    def test_goes_back_when_a_calibration_is_removed(
        self, writer: Writer, book: CalibrationBook, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 4)
        for calibration in (line(0, 10), line(2, 100)):
            book.recalculate(book.set(KEY, calibration, NOON), LIMITS, lambda: NOON)
        assert values(ask) == [0, 10, 200, 300]
        job = book.remove(KEY, at(2), NOON)
        assert job is not None
        book.recalculate(job, LIMITS, lambda: NOON)
        assert values(ask) == [0, 10, 20, 30]
        assert book.remove(KEY, at(2), NOON) is None

    def test_a_job_that_was_broken_off_goes_on_where_it_stopped(
        self, writer: Writer, book: CalibrationBook, each_database: str, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 25)
        job = book.set(KEY, line(0, 2), NOON)
        steps = 0

        def break_off(_: int) -> None:
            nonlocal steps
            steps += 1
            if steps == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            book.recalculate(job, LIMITS, lambda: NOON, on_step=break_off, step=10)
        assert values(ask) == [n * 2 if n < 20 else n for n in range(25)]
        with CalibrationBook(each_database, actor="budi") as another:
            assert another.unfinished() == [job]
            assert another.recalculate(job, LIMITS, lambda: NOON, step=10) == 5
            assert another.unfinished() == []
            assert another.recalculate(job, LIMITS, lambda: NOON, step=10) == 0
        assert values(ask) == [n * 2 for n in range(25)]
        assert ask("SELECT readings FROM recalculation") == [(25,)]

    def test_the_server_may_die_meanwhile(
        self, writer: Writer, book: CalibrationBook, each_database: str, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 25)
        job = book.set(KEY, line(0, 2), NOON)

        def die(_: int) -> None:
            ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE '%%calibrations%%' AND datname = current_database()"
            )

        with pytest.raises(StorageError, match="goes on where it stopped"):
            book.recalculate(job, LIMITS, lambda: NOON, on_step=die, step=10)
        with CalibrationBook(each_database, actor="siti") as again:
            assert again.recalculate(job, LIMITS, lambda: NOON, step=10) == 15
        assert values(ask) == [n * 2 for n in range(25)]

    def test_two_at_once_do_each_step_once(
        self, writer: Writer, book: CalibrationBook, each_database: str, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 200)
        job = book.set(KEY, line(0, 2), NOON)
        done: list[int] = []

        def work() -> None:
            with CalibrationBook(each_database, actor="budi") as another:
                done.append(another.recalculate(job, LIMITS, lambda: NOON, step=7))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(done) == 200
        assert values(ask) == [n * 2 for n in range(200)]


class TestTheIngestProcess:
    def test_computes_again_what_it_stored_the_old_way_meanwhile(
        self, writer: Writer, book: CalibrationBook, each_database: str, ask: Callable[..., Rows]
    ) -> None:
        fill(writer, 3)
        book.recalculate(book.set(KEY, line(0, 10), at(3)), LIMITS, lambda: NOON)
        writer.commit([telemetry("air-1", 5, {"pm25": 5})])
        assert values(ask)[-1] == 5
        calibrations, jobs = read_calibrations(each_database)
        later = book.set(KEY, line(6, 1), at(6))
        assert settle_recalculations(each_database, jobs, LIMITS, NOON) == 4
        assert values(ask) == [0, 10, 20, 50]
        assert calibrations == {KEY: (line(0, 10),)}
        assert read_calibrations(each_database)[1] == [later], "what was asked for meanwhile is not settled yet"

    def test_goes_by_the_calibration_of_the_readings_own_time(self) -> None:
        curve = Piecewise(((0, 0), (10, 20), (20, 30)))
        registry = Registry.from_site(SITE, {KEY: (Calibration(valid_from=NOW, curve=curve),)})
        decoder = Decoder(registry, lambda: NOW)
        payload = (
            b'[{"ts": "2026-11-23T02:59:59Z", "values": {"pm25": 5}},'
            b' {"ts": "2026-11-23T03:00:00Z", "values": {"pm25": 5}},'
            b' {"ts": "2026-11-23T03:00:01Z", "values": {"pm25": -3}}]'
        )
        said = decoder.decode(arriving("pantau/v1/air-1/telemetry", payload)).decoded
        assert said is not None
        assert [(r.raw, r.value, r.quality.value) for r in said.readings] == [
            (5, 5, "ok"),
            (5, 10, "ok"),
            (-3, -6, "out_of_range"),
        ]


SITE_FILE = """
city: {name: Kota uji}
data_dir: data
database: {embedded: false, url: "%s"}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: air-1, name: Udara, site: dermaga, metrics: {pm25: {unit: ug/m3, minimum: 0, maximum: 1000}}}
"""


@pytest.fixture
def pantau(tmp_path: Path, each_database: str) -> Callable[..., str]:
    path = tmp_path / "site.yaml"
    path.write_text(SITE_FILE % each_database)

    def run(*words: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, ["device", *words, "--config", str(path)])
        assert (result.exit_code != 0) == fails, result.output
        return str(result.exception) if fails else " ".join(result.output.split())

    return run


class TestCommands:
    def test_set_list_and_remove(self, pantau: Callable[..., str], writer: Writer, ask: Callable[..., Rows]) -> None:
        fill(writer, 5)
        assert "no calibration" in pantau("calibrate", "list", "air-1")
        since = at(2).isoformat()
        told = pantau("calibrate", "set", "air-1", "pm25", "--gain", "2", "--offset", "-1", "--from", since)
        assert "3 readings" in told
        assert values(ask) == [0, 1, 3, 5, 7]
        pantau("calibrate", "set", "air-1", "pm25", "--points", "0:0,10:20", "--from", "2026-03-01T18:59:00")
        assert values(ask) == [0, 2, 3, 5, 7], "times without a zone are the city's"
        listed = pantau("calibrate", "list", "air-1")
        assert "2 x raw" in listed
        assert "10 -> 20" in listed
        assert "3 readings" in pantau("calibrate", "remove", "air-1", "pm25", "--from", since)
        assert values(ask) == [0, 2, 4, 6, 8]
        audit = ask("SELECT action, detail->>'metric' FROM audit_log WHERE subject = 'air-1' ORDER BY id")
        assert audit == [
            (action, "pm25")
            for made in ("device.calibrate", "device.calibrate", "device.uncalibrate")
            for action in (made, "device.recalculated")
        ]
        before = ask("SELECT detail->'before' FROM audit_log WHERE action = 'device.uncalibrate'")
        assert before == [({"gain": 2.0, "offset": -1.0},)]
        assert "calibrated 2026-03-01" in pantau("show", "air-1")
        assert "0 readings" in pantau("calibrate", "resume")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("set", "air-1", "pm25"), "--points"),
            (("set", "air-1", "pm25", "--gain", "2", "--points", "0:0,1:1"), "--points"),
            (("set", "air-1", "pm25", "--gain", "0"), "gain other than 0"),
            (("set", "air-1", "pm25", "--points", "0:0"), "two points"),
            (("set", "air-1", "pm25", "--points", "0,1"), "RAW:VALUE"),
            (("set", "air-1", "pm25", "--gain", "2", "--from", "yesterday"), "want a time"),
            (("set", "air-1", "pm10", "--gain", "2"), "it has pm25"),
            (("set", "air-9", "pm25", "--gain", "2"), "no device air-9"),
            (("remove", "air-1", "pm25", "--from", "2026-01-01"), "no calibration"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, pantau: Callable[..., str], words: tuple[str, ...], says: str, ask: Callable[..., Rows]
    ) -> None:
        assert says in pantau("calibrate", *words, fails=True)
        assert ask("SELECT * FROM calibration") == []
