"""The language of $filter: whatever is asked is understood or refused, and what is understood means what it says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.sensorthings import SIGNATURES, Both, Call, Compare, Expression, Kind, Literal, Not, Path, Type
from storage.sensorthings.conditions import CALLS
from web.problems import ProblemError
from web.sensorthings.expressions import condition_of, value_of

RESULT = Path((), "result", (), Type.NUMBER)


def written(expression: Expression) -> str:  # noqa: PLR0911 - one line a kind
    """Return an expression as it is asked, with every parenthesis."""
    match expression:
        case Literal(value, Type.TEXT):
            return "'" + str(value).replace("'", "''") + "'"
        case Literal(value, Type.TIME):
            assert isinstance(value, datetime)
            return value.isoformat()
        case Literal(value, Type.TRUTH):
            return str(value).lower()
        case Literal(value, _):
            return "null" if value is None else repr(value)
        case Path(links, name, inside, _):
            return "/".join([*links, name, *inside])
        case Call(name, (left, right), _) if name in {"add", "sub", "mul", "div", "mod"}:
            return f"({written(left)} {name} {written(right)})"
        case Call(name, arguments, _):
            return f"{name}({','.join(map(written, arguments))})"
        case Compare(operator, left, right) | Both(operator, left, right):
            return f"({written(left)} {operator} {written(right)})"
        case Not(condition):
            return f"not ({written(condition)})"


def outcome(read: Callable[[str, Kind], Expression], text: str, kind: Kind) -> int:
    """Return the status of a refusal that has a reason, 200 where there is none."""
    try:
        read(text, kind)
    except ProblemError as error:
        return error.status if error.detail else 0
    return 200


WORDS = ["name", "result", "(", ")", ",", "/", "eq", "and", "or", "not", "add", "'x'", "1", "-1", "null", "true", "'"]
WORDS += ["substringof", "duration'P1D'", "Datastream", "Thing", "properties", "2026-01-01T00:00:00Z"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(lambda at: 1900 < at.year < 2200)

NUMBERS: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(
        st.just(RESULT),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Literal(number, Type.NUMBER)),
        TEXTS.map(lambda text: Call("length", (Literal(text, Type.TEXT),), Type.NUMBER)),
    ),
    lambda inner: st.builds(
        lambda name, left, right: Call(name, (left, right), Type.NUMBER),
        st.sampled_from(["add", "sub", "mul", "div", "mod"]),
        inner,
        inner,
    ),
    max_leaves=5,
)

LEAVES = st.one_of(
    st.builds(Compare, st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), NUMBERS, NUMBERS),
    st.builds(
        lambda text: Compare("eq", Path(("Datastream", "Thing"), "name", (), Type.TEXT), Literal(text, Type.TEXT)),
        TEXTS,
    ),
    st.builds(lambda at: Compare("lt", Path((), "phenomenonTime", (), Type.PERIOD), Literal(at, Type.TIME)), MOMENTS),
)

CONDITIONS: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.builds(Both, st.sampled_from(["and", "or"]), inner, inner), st.builds(Not, inner)),
    max_leaves=8,
)


@given(CONDITIONS)
def test_what_is_written_is_what_is_understood(condition: Expression) -> None:
    assert condition_of(written(condition), Kind.OBSERVATION) == condition


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "name",
                    "result",
                    "(",
                    ")",
                    ",",
                    "/",
                    "eq",
                    "and",
                    "or",
                    "not",
                    "add",
                    "'x'",
                    "1",
                    "-1",
                    "null",
                    "true",
                    "substringof",
                    "duration'P1D'",
                    "'",
                    "Datastream",
                    "Thing",
                    "properties",
                    "2026-01-01T00:00:00Z",
                ]
            ),
            max_size=14,
        ).map(" ".join),
    ),
    st.sampled_from(list(Kind)),
)
def test_anything_at_all_is_understood_or_refused_with_a_reason(text: str, kind: Kind) -> None:
    for read in (condition_of, value_of):
        assert outcome(read, text, kind) in {200, 400, 501}


def test_and_binds_closer_than_or_and_products_closer_than_sums() -> None:
    condition = condition_of("result eq 1 or result eq 2 and result add 2 mul 3 eq 7", Kind.OBSERVATION)
    assert isinstance(condition, Both)
    assert condition.operator == "or"
    assert isinstance(condition.right, Both)
    last = condition.right.right
    assert isinstance(last, Compare)
    assert isinstance(last.left, Call)
    assert last.left.name == "add"
    assert isinstance(last.left.arguments[1], Call)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T19:00+07:00", datetime(2026, 3, 1, 19, tzinfo=timezone(timedelta(hours=7)))),
        ("2026-03-01T12:00:00.1Z", datetime(2026, 3, 1, 12, 0, 0, 100_000, tzinfo=UTC)),
        ("2026-03-01T12:00:00.123456789Z", datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_times_are_moments_whatever_their_offset(text: str, at: datetime) -> None:
    assert value_of(text, Kind.OBSERVATION) == Literal(at, Type.TIME)


@pytest.mark.parametrize("text", ["2026-02-30T12:00:00Z", "0001-01-01T00:00:00+23:00", "1e999", "duration'P'"])
def test_values_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(ProblemError, match=r"there is no|is no part"):
        value_of(text, Kind.OBSERVATION)


def test_questions_deeper_or_longer_than_anybody_needs_are_refused() -> None:
    for text in ("(" * 41 + "result" + ")" * 41, "not " * 41 + "true", "trim(" * 41 + "id" + ")" * 41):
        with pytest.raises(ProblemError, match="levels"):
            value_of(text, Kind.OBSERVATION)
    with pytest.raises(ProblemError, match="conditions"):
        condition_of(" or ".join(["result eq 1"] * 102), Kind.OBSERVATION)
    with pytest.raises(ProblemError, match="characters"):
        condition_of("result eq 1" + " " * 8_000, Kind.OBSERVATION)


def test_every_function_has_its_sql() -> None:
    assert SIGNATURES.keys() == CALLS.keys() | {"substring"}
