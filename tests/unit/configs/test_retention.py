"""How long data is kept, as the site file says it."""

import pytest

from configs.retention import Retention


def problems(**days: int | None) -> list[tuple[str, ...]]:
    return [tuple(map(str, found.path)) for found in Retention.contradictions(days)]


def test_the_defaults_fit_together() -> None:
    assert problems() == []
    assert Retention().pictures_days == 30


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ({"readings_days": 30, "minutes_days": 29}, "minutes_days"),
        ({"readings_days": None}, "minutes_days"),
        ({"hours_days": 399}, "hours_days"),
        ({"days_days": 10_000}, "days_days"),
    ],
)
def test_a_rollup_must_not_go_before_what_it_is_made_of(days: dict[str, int | None], wrong: str) -> None:
    assert problems(**days) == [(wrong,)]


def test_the_shortest_keeping_lies_beyond_what_the_database_refreshes_by_itself() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 7"):
        Retention(readings_days=6)
