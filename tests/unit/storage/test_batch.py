from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from events.ids import SourceId
from events.intake import Intake
from events.observation import Phase
from storage.batch import Batch
from storage.judging import Judgement
from storage.telemetry import StoredReadings
from tests.material import at, canary, message, picture, refused, statement, status, telemetry

MAKERS: dict[str, Callable[[int, int], Intake]] = {
    "readings": lambda n, values: telemetry("a", n, {f"m{v}": v for v in range(values)}),
    "nothing": lambda n, _: telemetry("a", n, {}),
    "statement": lambda n, _: statement(f"thing-{n}", Phase.BEGIN, n),
    "canary": lambda n, _: canary(n),
    "status": lambda n, _: status("a", n, online=True),
    "picture": lambda n, _: picture(b"%d" % n),
    "refused": lambda n, _: refused("a", b"?", n),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(1, 3)), max_size=12), st.data())
def test_every_message_is_counted_once_whatever_became_of_it(
    messages: list[tuple[str, int]], data: st.DataObject
) -> None:
    batch = Batch.of([MAKERS[kind](n, values) for n, (kind, values) in enumerate(messages)])
    fates = [data.draw(st.sampled_from(["new", "known", "conflict"])) for _ in batch.readings]
    stored = StoredReadings(
        inserted=fates.count("new"),
        known=frozenset(p for p, fate in enumerate(fates) if fate == "known"),
        conflicts=frozenset(p for p, fate in enumerate(fates) if fate == "conflict"),
    )
    are_new = [data.draw(st.booleans()) for _ in batch.observations]
    conflicts = batch.conflicts(stored)
    report = batch.report(stored, are_new, conflicts, Judgement())
    assert report.received == len(messages)
    assert min(report.outcomes.values()) >= 0
    assert report.rows == fates.count("new")
    assert report.observations == sum(are_new)
    assert len(batch.facts(stored, are_new).readings) == report.rows
    expected_conflicts = expected_duplicates = start = 0
    observed = iter(are_new)
    for kind, values in messages:
        if kind == "readings":
            own = fates[start : start + values]
            start += values
            expected_conflicts += "conflict" in own
            expected_duplicates += set(own) == {"known"}
        elif kind == "statement":
            expected_duplicates += not next(observed)
    assert (report.conflicts, report.duplicates) == (expected_conflicts, expected_duplicates)


def test_signs_are_the_latest_of_each_source_and_only_of_the_living() -> None:
    batch = Batch.of(
        [
            telemetry("a", 0, {"x": 1}, received_s=5),
            telemetry("a", 1, {"x": 1}, received_s=3),
            status("b", 4, online=False),
            canary(6),
            refused("c", b"?"),
        ]
    )
    assert [tuple(sign) for sign in batch.signs] == [("a", at(5))]


def test_a_message_without_any_word_is_quarantined_rather_than_lost() -> None:
    batch = Batch.of([Intake(message("pantau/v1/a/telemetry"), None, None)])
    ((_, rejection),) = batch.refused
    assert rejection.reason == "unexplained"


def test_a_statement_gets_the_time_it_was_received() -> None:
    batch = Batch.of([statement("crowd", Phase.BEGIN, 4)])
    assert batch.observations[0].received_at == at(4)


def test_a_message_of_several_sources_tells_of_the_life_of_each() -> None:
    def also_of_b(intake: Intake) -> Intake:
        assert intake.decoded is not None
        return intake._replace(decoded=intake.decoded._replace(also=(SourceId("b"),)))

    batch = Batch.of([also_of_b(telemetry("a", 5, {"x": 1})), also_of_b(status("a", 6, online=False))])
    assert batch.signs == [("a", at(5)), ("b", at(5))]
    assert [life.status is not None and life.status.online for life in batch.heard.values()] == [False, False]
