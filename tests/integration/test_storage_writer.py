"""The commit step against real servers."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from uuid import uuid5

import pytest
from psycopg import sql

from events.alarm import AlarmAction
from events.errors import StorageError
from events.intake import Decoded, Intake
from events.observation import Phase
from events.reading import Quality
from storage.batch import Batch
from storage.database import Cursor
from storage.listening import read_listened_until
from storage.pictures import PictureStore
from storage.report import CommitReport
from storage.writer import Writer
from tests import material
from tests.material import (
    NOON,
    LimitRule,
    NoRules,
    at,
    canary,
    picture,
    refused,
    statement,
    status,
    telemetry,
)

Rows = list[tuple[object, ...]]


def balanced(intakes: list[Intake], report: CommitReport) -> bool:
    values = sum(len(decoded.readings) for _, decoded, _ in intakes if decoded is not None)
    return sum(report.outcomes.values()) == len(intakes) and sum(report.value_outcomes.values()) == values


class TestReadings:
    def test_every_value_is_stored_as_sent(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        report = writer.commit([telemetry("udara-1", 0.123456, {"pm25": 12.5, "pm10": 20.0}, received_s=1)])
        assert report.rows == 2
        rows = ask(
            "SELECT source_id, metric, zone, ts, received_at, raw, value, quality FROM reading "
            "JOIN series ON id = series_id ORDER BY metric"
        )
        assert rows == [
            ("udara-1", "pm10", "", at(0.123456), at(1), 20.0, 20.0, 0),
            ("udara-1", "pm25", "", at(0.123456), at(1), 12.5, 12.5, 0),
        ]

    def test_a_zone_follows_the_metrics_first_dot(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([telemetry("cam", 0, {"people_count.plaza": 3, "coverage": 0.5})])
        assert ask("SELECT metric, zone, unit FROM series ORDER BY metric") == [
            ("coverage", "", "1"),
            ("people_count", "plaza", "{people}"),
        ]

    def test_redelivery_changes_nothing_and_is_no_fact(
        self, writer: Writer, rule: LimitRule, ask: Callable[..., Rows]
    ) -> None:
        batch = [telemetry("udara-1", n, {"pm25": 120.0, "pm10": n}) for n in range(5)]
        first = writer.commit(batch)
        again = writer.commit(batch)
        assert (first.accepted, first.rows, len(first.records)) == (5, 10, 1)
        assert (again.duplicates, again.rows, again.records) == (5, 0, ())
        assert not rule.seen[-1].readings
        assert ask("SELECT count(*) FROM reading") == [(10,)]

    def test_a_duplicate_within_a_batch_is_stored_once(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        report = writer.commit([telemetry("udara-1", 0, {"pm25": 7}), telemetry("udara-1", 0, {"pm25": 7})])
        assert (report.accepted, report.duplicates, report.rows) == (1, 1, 1)

    def test_more_readings_than_a_transaction_may_number_take_several(
        self, writer: Writer, ask: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.writer.ARRIVAL_BLOCK", 5)
        monkeypatch.setattr("storage.telemetry.ARRIVAL_BLOCK", 5)
        report = writer.commit([telemetry("udara-1", n, {"pm25": n, "pm10": n}) for n in range(6)])
        assert (report.accepted, report.rows) == (6, 12)
        assert ask("SELECT count(DISTINCT arrival / 1048576) FROM reading") == [(3,)]

    def test_another_value_under_the_same_time_is_a_conflict(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([telemetry("udara-1", 0, {"pm25": 7})])
        contradiction = telemetry("udara-1", 0, {"pm25": 8, "pm10": 1})
        report = writer.commit([contradiction])
        assert (report.conflicts, report.accepted, report.duplicates, report.rows) == (1, 0, 0, 1)
        ((message, rejection),) = report.rejections
        assert message is contradiction.message
        assert rejection.reason == "conflict"
        assert "pm25" in rejection.detail
        assert ask("SELECT raw FROM reading JOIN series ON id = series_id WHERE metric = 'pm25'") == [(7.0,)]
        assert ask("SELECT reason, payload FROM quarantine") == [("conflict", contradiction.message.payload)]

    def test_of_two_values_in_one_batch_the_first_to_arrive_stays(
        self, writer: Writer, ask: Callable[..., Rows]
    ) -> None:
        report = writer.commit([telemetry("udara-1", 0, {"pm25": 9}), telemetry("udara-1", 0, {"pm25": 1})])
        assert (report.accepted, report.conflicts) == (1, 1)
        assert ask("SELECT raw FROM reading") == [(9.0,)]

    def test_changed_calibration_does_not_make_a_redelivery_a_conflict(self, writer: Writer) -> None:
        first = telemetry("udara-1", 0, {"pm25": 9})
        writer.commit([first])
        assert first.decoded is not None
        calibrated = tuple(reading._replace(value=reading.raw * 1.1) for reading in first.decoded.readings)
        decoded = Decoded(source=first.decoded.source, readings=calibrated)
        assert writer.commit([first._replace(decoded=decoded)]).duplicates == 1

    def test_facts_come_in_order_of_arrival_whatever_their_times(
        self, writer: Writer, rule: LimitRule, ask: Callable[..., Rows]
    ) -> None:
        writer.commit([telemetry("b", 3, {"x": 1}), telemetry("a", 9, {"x": 2}), telemetry("a", 1, {"x": 3})])
        assert [fact.value for fact in rule.seen[-1].readings] == [1, 2, 3]
        assert ask("SELECT value FROM reading ORDER BY arrival") == [(1.0,), (2.0,), (3.0,)]

    def test_bad_quality_and_far_times_are_kept(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        odd = material.reading("a", "x", -62_000_000_000, 1.0, Quality.CLOCK_SKEW)
        far = material.reading("a", "x", 250_000_000_000.000001, 2.0, Quality.CLOCK_SKEW)
        decoded = Decoded(source=odd.source, readings=(odd, far))
        report = writer.commit([Intake(material.message("pantau/v1/a/telemetry"), decoded, None)])
        assert report.rows == 2
        assert ask("SELECT ts, quality FROM reading ORDER BY ts") == [(odd.ts, 6), (far.ts, 6)]

    def test_counters_balance_whatever_comes(self, writer: Writer) -> None:
        batch = [
            telemetry("a", 0, {"x": 1}),
            telemetry("a", 0, {"x": 1}),
            telemetry("a", 0, {"x": 2}),
            refused("a", b"{"),
            canary(0),
            status("a", 0, online=True),
            picture(b"\xff\xd8jpeg"),
            statement("crowd", Phase.BEGIN, 0),
            statement("crowd", Phase.BEGIN, 0),
        ]
        report = writer.commit(batch)
        assert report.outcomes == {"accepted": 5, "duplicate": 2, "conflict": 1, "quarantined": 1}
        assert report.value_outcomes == {"inserted": 1, "duplicate": 1, "conflict": 1, "quarantined": 0}
        assert balanced(batch, report)

    def test_an_empty_batch_is_no_trouble(self, writer: Writer) -> None:
        assert writer.commit([]).received == 0


class TestObservations:
    def test_a_life_is_one_row_brought_forward(self, writer: Writer, rule: LimitRule, ask: Callable[..., Rows]) -> None:
        begin = statement("crowd", Phase.BEGIN, 0, evidence="ab" * 32)
        update = statement("crowd", Phase.UPDATE, 5, count=15.0, attrs={"peak": 15})
        end = statement("crowd", Phase.END, 9, count=None)
        report = writer.commit([begin, update])
        assert report.observations == 2
        writer.commit([end])
        assert [fact.phase for facts in rule.seen for fact in facts.observations] == ["begin", "update", "end"]
        assert ask("SELECT phase, started_at, updated_at, ended_at, count, evidence, attrs FROM observation") == [
            ("end", at(0), at(9), at(9), 15.0, "ab" * 32, {"by": "foreground", "peak": 15})
        ]

    @pytest.mark.parametrize("cut", range(5))
    def test_redelivery_from_any_point_on_is_no_fact(self, writer: Writer, rule: LimitRule, cut: int) -> None:
        life = [
            statement("crowd", Phase.BEGIN, 0),
            statement("crowd", Phase.UPDATE, 5),
            statement("crowd", Phase.UPDATE, 6),
            statement("crowd", Phase.END, 6),
        ]
        writer.commit(life)
        report = writer.commit(life[cut:])
        assert report.duplicates == len(life) - cut
        assert not rule.seen[-1].observations

    def test_two_lives_in_one_batch_do_not_mix(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit(
            [
                statement("b", Phase.BEGIN, 0),
                statement("a", Phase.BEGIN, 1),
                statement("b", Phase.END, 2),
                statement("a", Phase.UPDATE, 3),
            ]
        )
        rows = ask("SELECT id, phase FROM observation ORDER BY phase")
        assert rows == [(uuid5(material.NAMESPACE, "b"), "end"), (uuid5(material.NAMESPACE, "a"), "update")]

    def test_a_picture_lies_in_the_folder_before_its_message_commits(
        self, writer: Writer, pictures: PictureStore, ask: Callable[..., Rows], tmp_path: Path
    ) -> None:
        one = picture(b"\xff\xd8 one")
        writer.commit([one, one])
        writer.commit([one])
        assert ask("SELECT source_id, size_bytes FROM evidence") == [("cam", 6)]
        (file,) = (tmp_path / "pictures").rglob("*.jpg")
        assert file.read_bytes() == b"\xff\xd8 one"


class TestAlarms:
    def test_an_alarm_commits_with_its_reading(self, writer: Writer, rule: LimitRule, ask: Callable[..., Rows]) -> None:
        report = writer.commit([telemetry("udara-1", 0, {"pm25": 150})])
        (record,) = report.records
        assert record.change.action is AlarmAction.RAISE
        assert ask("SELECT rule_id, source_id, zone, state, value FROM alarm") == [
            ("limit", "udara-1", "pm25", "UNACK", 150.0)
        ]
        assert ask("SELECT seq, version, action, before, state FROM alarm_event") == [
            (record.seq, 1, "raise", None, "UNACK")
        ]
        assert ask("SELECT watermark FROM rule_state") == [(at(0),)]

    def test_memory_and_open_alarm_come_back_to_the_rule(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([telemetry("udara-1", 0, {"pm25": 150})])
        writer.commit([telemetry("udara-1", 1, {"pm25": 20})])
        memory = rule.memories[-1]
        (key,) = memory.states
        assert memory.states[key].watermark == at(0)
        assert memory.alarms[key].active
        assert memory.alarms[key].raised_at == NOON

    def test_a_failing_rule_rolls_everything_back_and_stops_the_program(
        self, each_database: str, pictures: PictureStore, ask: Callable[..., Rows]
    ) -> None:
        class Broken(NoRules):
            def judge(self, _facts: object, _memory: object, _now: object) -> NoReturn:
                raise ZeroDivisionError

        writer = Writer(each_database, Broken(), pictures)
        with pytest.raises(ZeroDivisionError):
            writer.commit([telemetry("udara-1", 0, {"pm25": 150})])
        assert ask("SELECT count(*) FROM reading") == [(0,)]
        writer.close()

    def test_the_whole_alarm_is_kept_as_of_each_change(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([telemetry("udara-1", n, {"pm25": value}) for n, value in enumerate((150, 50, 160))])
        rows = ask("SELECT alarm->>'value', alarm->>'active' FROM alarm_event ORDER BY seq")
        assert rows == [("150", "true"), ("50", "false"), ("160", "true")]


class TestHearing:
    def test_a_canary_brings_the_silence_of_every_source(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([telemetry("udara-1", 0, {"pm25": 150}), telemetry("tinggi-air", 1, {"level": 1}), canary(2)])
        facts = rule.seen[-1]
        assert [tuple(sign) for sign in facts.silences] == [("tinggi-air", at(1)), ("udara-1", at(0))]
        assert (facts.listened_until, facts.listening_since) == (at(2), at(2))
        assert facts.open_keys == []
        writer.commit([canary(4)])
        facts = rule.seen[-1]
        assert (facts.listened_until, facts.listening_since) == (at(4), at(2))
        assert [(key.source, key.zone) for key in facts.open_keys] == [("udara-1", "pm25")]

    def test_without_a_canary_there_is_no_word_of_absence(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([telemetry("udara-1", 0, {"pm25": 1})])
        facts = rule.seen[-1]
        assert (facts.silences, facts.listened_until, facts.listening_since) == ((), None, None)
        assert [tuple(sign) for sign in facts.signs] == [("udara-1", at(0))]

    def test_a_gap_in_canaries_starts_listening_anew(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([canary(0), canary(2), canary(12)])
        assert rule.seen[-1].listening_since == at(0)
        writer.commit([canary(22.5)])
        assert rule.seen[-1].listening_since == at(22.5)

    def test_a_redelivered_canary_says_nothing(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([canary(0), canary(2)])
        writer.commit([canary(0, received_s=60)])
        assert rule.seen[-1].listened_until is None

    def test_a_clock_set_back_starts_listening_anew(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([canary(3600), canary(3602)])
        writer.commit([canary(2)])
        facts = rule.seen[-1]
        assert (facts.listened_until, facts.listening_since) == (at(2), at(2))

    def test_a_broker_that_stood_still_starts_listening_anew(self, writer: Writer, rule: LimitRule) -> None:
        writer.commit([canary(0), canary(2)])
        writer.commit([canary(sent_s, received_s=30) for sent_s in (4, 6, 8)])
        facts = rule.seen[-1]
        assert (facts.listened_until, facts.listening_since) == (at(8), at(30))

    def test_signs_and_words_from_a_wrong_clock_give_way(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([telemetry("a", 86_400, {"x": 1}), status("a", 86_400, online=True)])
        writer.commit([telemetry("a", 1, {"x": 1})])
        assert ask("SELECT last_at, online, status_at FROM source_life") == [(at(1), True, at(86_400))]
        writer.commit([status("a", 2, online=False)])
        assert ask("SELECT last_at, online, status_at FROM source_life") == [(at(1), False, at(2))]

    def test_how_far_pantau_has_heard_outlives_the_process(self, writer: Writer, each_database: str) -> None:
        assert read_listened_until(each_database) is None
        writer.commit([canary(0), canary(2)])
        assert read_listened_until(each_database) == at(2)

    def test_statuses_and_retained_words_are_no_signs_of_life(
        self, writer: Writer, rule: LimitRule, ask: Callable[..., Rows]
    ) -> None:
        writer.commit([status("udara-1", 0, online=True)])
        writer.commit([status("udara-1", 5, online=False), status("udara-1", 3, online=True)])
        assert ask("SELECT source_id, last_at, online, boot FROM source_life") == [("udara-1", at(3), False, "b1")]
        writer.commit([status("udara-1", 4, online=True)])
        assert ask("SELECT online FROM source_life") == [(False,)]

    def test_an_older_sign_does_not_turn_time_back(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([telemetry("a", 0, {"x": 1}, received_s=10)])
        writer.commit([telemetry("a", 1, {"x": 1}, received_s=5)])
        assert ask("SELECT last_at FROM source_life") == [(at(10),)]


class TestTrouble:
    def test_no_database_is_a_storage_error_without_credentials(self, pictures: PictureStore) -> None:
        writer = Writer("postgresql://budi:rahasia@127.0.0.1:1/x", NoRules(), pictures)
        with pytest.raises(StorageError) as caught:
            writer.commit([telemetry("a", 0, {"x": 1})])
        assert "rahasia" not in str(caught.value)

    def test_a_lost_connection_is_opened_again(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        batch = [telemetry("a", 0, {"x": 1})]
        writer.commit(batch)
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pantau writer'")
        more = [telemetry("a", 1, {"x": 1})]
        with pytest.raises(StorageError):
            writer.commit(more)
        assert writer.commit(more).rows == 1

    def test_a_commit_of_unknown_outcome_is_repeated_without_harm(
        self, each_database: str, pictures: PictureStore, ask: Callable[..., Rows]
    ) -> None:
        class DiesAtCommit(Writer):
            """Commits, and then the connection breaks before the answer comes."""

            deaths = 1

            def _write(self, cursor: Cursor, batch: Batch) -> CommitReport:
                report = super()._write(cursor, batch)
                if self.deaths:
                    self.deaths -= 1
                    cursor.execute("COMMIT")
                    ask("SELECT pg_terminate_backend(%s)", cursor.connection.info.backend_pid)
                    cursor.execute("SELECT 1")
                return report

        rule = LimitRule()
        writer = DiesAtCommit(each_database, rule, pictures)
        batch = [telemetry("a", 0, {"x": 150}), statement("crowd", Phase.BEGIN, 0), refused("a", b"?"), canary(0)]
        with pytest.raises(StorageError):
            writer.commit(batch)
        report = writer.commit(batch)
        assert report.outcomes == {"accepted": 1, "duplicate": 2, "conflict": 0, "quarantined": 1}
        counts = [ask(f"SELECT count(*) FROM {table}") for table in ("reading", "alarm_event", "quarantine")]
        assert counts == [[(1,)], [(1,)], [(1,)]]
        writer.close()

    def test_a_deadlock_is_tried_again(self, each_database: str, pictures: PictureStore) -> None:
        class Collides(Writer):
            collisions = 3

            def _write(self, cursor: Cursor, batch: Batch) -> CommitReport:
                if self.collisions:
                    self.collisions -= 1
                    cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
                return super()._write(cursor, batch)

        pauses: list[float] = []
        writer = Collides(each_database, NoRules(), pictures, pause=pauses.append)
        assert writer.commit([telemetry("a", 0, {"x": 1})]).rows == 1
        assert len(pauses) == 3
        writer.collisions = 100
        with pytest.raises(StorageError):
            writer.commit([telemetry("a", 1, {"x": 1})])
        writer.close()

    @pytest.mark.parametrize("state", ["53100", "53200", "57014", "25006", "XX000"])
    def test_the_servers_own_trouble_quarantines_nothing(
        self, each_database: str, pictures: PictureStore, ask: Callable[..., Rows], state: str
    ) -> None:
        class Fails(Writer):
            def _write(self, cursor: Cursor, _batch: Batch) -> CommitReport:
                cursor.execute(sql.SQL("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = {}; END $$").format(state))
                raise AssertionError

        writer = Fails(each_database, NoRules(), pictures)
        with pytest.raises(StorageError, match="2 messages are not known to be kept"):
            writer.commit([telemetry("a", 0, {"x": 1}), telemetry("a", 1, {"x": 1})])
        assert ask("SELECT count(*) FROM quarantine") == [(0,)]
        writer.close()
