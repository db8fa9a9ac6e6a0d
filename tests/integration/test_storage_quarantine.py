"""What the commit step keeps of messages that Pantau or the database refuses, on real servers."""

from collections.abc import Callable

import psycopg
import pytest

from events.intake import Intake
from events.observation import Phase
from storage.quarantine import quarantine
from storage.writer import REFUSED, Writer
from tests.fix_writer import Rows
from tests.material import refused, statement, telemetry


class TestQuarantine:
    def test_a_refused_message_is_kept_with_its_reason(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        bad = refused("udara-1", b'{"a": "\\u0000\xff\x00"')
        report = writer.commit([bad])
        assert report.quarantined == 1
        assert report.rejections == ((bad.message, bad.rejection),)
        assert ask("SELECT source_id, topic, payload, size_bytes, reason, detail FROM quarantine") == [
            ("udara-1", bad.message.topic, bad.message.payload, len(bad.message.payload), "malformed", "not JSON")
        ]

    def test_a_long_payload_is_cut_and_its_length_told(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([refused(None, b"x" * 200_000)])
        assert ask("SELECT length(payload), size_bytes FROM quarantine") == [(65536, 200_000)]

    def test_only_the_newest_of_each_source_are_kept(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        writer.commit([refused("a", b"%d" % n, n) for n in range(5)] + [refused(None, b"?", n) for n in range(4)])
        writer.commit([refused("a", b"last", 9)])
        assert ask("SELECT payload FROM quarantine WHERE source_id = 'a' ORDER BY id") == [(b"3",), (b"4",), (b"last",)]
        assert ask("SELECT count(*) FROM quarantine WHERE source_id IS NULL") == [(3,)]

    def test_whoever_is_trimmed_the_messages_of_others_are_not_read(self, each_database: str) -> None:
        with psycopg.connect(each_database) as connection:
            connection.execute(
                "INSERT INTO quarantine (digest, source_id, topic, payload, size_bytes, reason, detail, received_at) "
                "SELECT int4send(n), nullif('s' || n % 50, 's0'), '', '', 0, '', '', now() "
                "FROM generate_series(1, 5000) AS n"
            )
            connection.commit()
            connection.execute("ANALYZE quarantine")
            connection.commit()
            named = refused("s7", b"?")
            unknown = refused(None, b"?")
            assert named.rejection is not None
            assert unknown.rejection is not None
            pairs = [(named.message, named.rejection), (unknown.message, unknown.rejection)]
            quarantine(connection.cursor(), pairs, kept=60)
            kept = "SELECT source_id, count(*) FROM quarantine GROUP BY 1"
            read = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'quarantine'"
            assert connection.execute(read).fetchall() == [(0,)]
            assert dict(connection.execute(kept).fetchall()) == dict.fromkeys([f"s{n}" for n in range(1, 50)], 100) | {
                "s7": 60,
                None: 60,
            }

    def test_committing_again_keeps_one_row(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        batch = [refused("a", b"?"), refused("a", b"?", 1)]
        writer.commit(batch)
        writer.commit(batch)
        assert ask("SELECT count(*) FROM quarantine") == [(2,)]

    def test_a_hopeless_topic_and_detail_do_not_stop_the_batch(self, writer: Writer, ask: Callable[..., Rows]) -> None:
        bad = refused("a", b"?")
        assert bad.rejection is not None
        bad = bad._replace(message=bad.message._replace(topic="pantau/\0\ud800/" + "x" * 70_000))
        report = writer.commit([bad, telemetry("a", 0, {"x": 1})])
        assert (report.quarantined, report.rows) == (1, 1)
        assert ask("SELECT length(topic) FROM quarantine") == [(1024,)]


HOPELESS: list[Callable[[], Intake]] = [
    lambda: statement("bad", Phase.BEGIN, 0, attrs={"note": "a\0b"}),
    lambda: statement("bad", Phase.BEGIN, 0, kind="a\0b"),
    lambda: statement("bad", Phase.BEGIN, 0, kind="\ud800"),
    lambda: statement("bad", Phase.BEGIN, 0, attrs={"note": "\ud800"}),
    lambda: statement("bad", Phase.BEGIN, 0, attrs={"score": float("nan")}),
    lambda: telemetry("udara-1", 0, {"".join(map(chr, range(1000, 10_000))): 1}),
]


class TestRefusedByTheDatabase:
    @pytest.mark.parametrize("make", HOPELESS)
    def test_the_culprit_alone_is_quarantined(
        self, writer: Writer, ask: Callable[..., Rows], make: Callable[[], Intake]
    ) -> None:
        culprit = make()
        good = [telemetry("udara-1", n, {"pm25": n}) for n in range(1, 8)]
        report = writer.commit([*good[:5], culprit, *good[5:]])
        assert (report.accepted, report.quarantined, report.rows) == (7, 1, 7)
        ((message, rejection),) = report.rejections
        assert message is culprit.message
        assert rejection.reason == REFUSED
        assert ask("SELECT reason, payload FROM quarantine") == [(REFUSED, culprit.message.payload)]
        assert ask("SELECT value FROM reading ORDER BY arrival") == [(float(n),) for n in range(1, 8)]

    def test_series_learnt_in_a_refused_batch_are_learnt_again(self, writer: Writer) -> None:
        writer.commit([telemetry("udara-9", 0, {"pm25": 1}), HOPELESS[0](), telemetry("udara-9", 1, {"pm10": 1})])
        assert writer.commit([telemetry("udara-9", 2, {"pm25": 1, "pm10": 2})]).rows == 2

    def test_the_rest_is_judged_in_order(self, writer: Writer) -> None:
        high = [telemetry("udara-1", n, {"pm25": value}) for n, value in enumerate((150, 50, 160, 40))]
        report = writer.commit([*high[:2], HOPELESS[0](), *high[2:]])
        assert [record.change.action for record in report.records] == ["raise", "return", "raise", "return"]
        seqs = [record.seq for record in report.records]
        assert seqs == sorted(seqs)
