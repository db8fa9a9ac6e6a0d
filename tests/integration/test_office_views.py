"""What an office sees of another through its login: nothing, by relation, function or trick, on every edition."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg import sql

from storage.database import Connection
from storage.editions import detect_edition
from storage.logins import Kind, Logins
from tests.material import NOON
from tests.office_town import FOREIGN, MARKS, OWN, PUBLIC, build, signed_in

LOGIN = "uji_opd_dlh"

_RELATIONS = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> ALL(%s::text[]) ORDER BY 1, 2
"""

_FUNCTIONS = """
SELECT n.nspname, p.proname, p.proargtypes::oid[]::regtype[]::text[] FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'api', 'opd', 'governance', 'gareng_mesem')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
ORDER BY 1, 2
"""

_ARGUMENTS = {
    "date": "(now() AT TIME ZONE 'Asia/Jakarta')::date",
    "timestamp with time zone": "now()",
    "integer": "extract(year FROM now())::integer",
    "double precision": "1.0",
    "text": "'reading'",
}

_TIMESCALE = [
    "SELECT show_chunks('public.reading')",
    "SELECT approximate_row_count('public.reading')",
    "SELECT hypertable_detailed_size('public.reading')",
    "SELECT chunks_detailed_size('public.reading')",
    "SELECT drop_chunks('public.reading', older_than => now())",
    "CALL refresh_continuous_aggregate('public.continuous_1d', NULL, NULL)",
    "SELECT public.forget_chunks('reading', now())",
]

_VIEWS = "SELECT relname FROM pg_class WHERE relnamespace = 'opd'::regnamespace AND relkind = 'v' ORDER BY 1"


@pytest.fixture
def town(each_edition: Connection) -> Iterator[Connection]:
    """Return a superuser's connection to the town, with a login of the office dlh."""
    build(each_edition, compressed=detect_edition(each_edition).has_continuous_aggregates)
    logins = Logins(each_edition)
    logins.grant(Kind.OFFICE, NOON, name=LOGIN, office="dlh")
    yield each_edition
    logins.revoke(LOGIN)


def said(connection: Connection, statement: str) -> str | None:
    """Return everything a statement answers, as text; None where it is refused. Nothing it did stays."""
    try:
        with connection.transaction(force_rollback=True):
            return "\n".join(map(str, connection.execute(statement.encode()).fetchall()))
    except psycopg.Error as error:
        return str(error) if MARKS.search(str(error)) else None


def everything(connection: Connection, *but: str) -> tuple[dict[str, str], int]:
    """Return what every relation, but those of some schemas, answers, and how many refuse."""
    names = [
        sql.Identifier(*name).as_string(connection) for name in connection.execute(_RELATIONS, [list(but)]).fetchall()
    ]
    answers = {name: said(connection, f"SELECT * FROM {name}") for name in names}
    return {name: text for name, text in answers.items() if text is not None}, list(answers.values()).count(None)


def column(connection: Connection, statement: str) -> list[object]:
    return [row[0] for row in connection.execute(statement.encode()).fetchall()]


def test_no_relation_of_the_whole_catalogue_shows_a_trace_of_another_office(town: Connection) -> None:
    owned, _ = everything(town, "pg_catalog", "information_schema")
    marked = {name for name, text in owned.items() if MARKS.search(text)}
    assert len(marked) > 30, "the search finds what is there to be found"
    with signed_in(town, LOGIN):
        answers, refused = everything(town)
    assert {name for name, text in answers.items() if MARKS.search(text)} == set()
    assert refused > 60
    assert not {name for name in answers if name.startswith(('"public"', '"api"', '"governance"', '"gareng_mesem"'))}
    assert not {name for name in answers if "_hyper_" in name}, "chunks, compressed or not, are tables like any other"


def test_no_function_shows_a_trace_of_another_office(town: Connection) -> None:
    calls = list(_TIMESCALE)
    for schema, name, types in town.execute(_FUNCTIONS).fetchall():
        arguments = ", ".join(_ARGUMENTS[one] for one in types)
        calls.append(f'SELECT * FROM "{schema}"."{name}"({arguments})')
    assert len(calls) > 25
    with signed_in(town, LOGIN):
        answers = {call: said(town, call) for call in calls}
    assert {call for call, text in answers.items() if text is not None and MARKS.search(text)} == set()
    own = {call for call, text in answers.items() if text is not None and '"' in call}
    assert {call.split('"')[1] for call in own} == {"opd"}


def test_it_sees_its_own_data_and_what_is_public(town: Connection) -> None:
    with signed_in(town, LOGIN):
        assert town.execute("SELECT id, login FROM opd.me").fetchall() == [("dlh", LOGIN)]
        assert dict(town.execute("SELECT id, own FROM opd.source").fetchall()) == {
            "udara": True,
            "kamera": True,
            "hujan": False,
        }
        assert Counter(column(town, "SELECT value FROM opd.reading")) == {OWN: 60, PUBLIC: 30}
        for level in ("1m", "1h", "1d"):
            totals = f"SELECT sum(total)::int, min(mean), max(mean) FROM opd.reading_{level}"
            assert town.execute(totals.encode()).fetchone() == (90, OWN, PUBLIC)
        assert sorted(map(str, column(town, "SELECT title FROM opd.alarm"))) == ["alarm kamera", "alarm udara"]
        assert len(column(town, "SELECT seq FROM opd.alarm_event")) == 2
        assert len(column(town, "SELECT id FROM opd.observation WHERE attrs IS NOT NULL")) == 2
        assert len(column(town, "SELECT id FROM opd.observation")) == 3
        assert sorted(map(str, column(town, "SELECT id FROM opd.dataset"))) == ["kamera", "sampah", "udara"]
        assert column(town, "SELECT records FROM opd.dataset_report") == [5]
        assert column(town, "SELECT id FROM opd.waste_site") == ["tps"]
        assert column(town, "SELECT waste_site_id FROM opd.waste_bin") == ["tps"]
        assert column(town, "SELECT net_kg FROM opd.waste_load") == [5000]
        assert len(column(town, "SELECT id FROM opd.waste_incident")) == 2
        today = "(now() AT TIME ZONE 'Asia/Jakarta')::date"
        assert column(town, f"SELECT tonnes FROM opd.waste_tonnage({today}, {today})") == [5]
        assert column(town, "SELECT waste_site_id FROM opd.waste_fills(now())") == ["tps"]
        assert set(column(town, f"SELECT dataset_id FROM opd.dataset_days({today}, {today})")) >= {"sampah", "udara"}
        assert set(column(town, f"SELECT opd_id FROM opd.board({today}, {today})")) == {"dlh", "bpbd"}


def test_a_function_of_its_own_is_shown_no_row_before_the_view_has_decided(town: Connection) -> None:
    told: list[str] = []
    town.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    views = [str(name) for name in column(town, _VIEWS)]
    with signed_in(town, LOGIN):
        peeked = {name: peek(town, name, told) for name in views}
    assert not {name for name, text in peeked.items() if MARKS.search(text)}
    assert "udara" in peeked["source"], "the function was called"
    with suppress(UndoneError), town.transaction():
        town.execute("ALTER VIEW opd.source SET (security_barrier = false)")
        with signed_in(town, LOGIN):
            assert MARKS.search(peek(town, "source", told, "name")), "without the barrier it would have seen them"
        raise UndoneError


class UndoneError(Exception):
    """Rolls a transaction back."""


def peek(connection: Connection, view: str, told: list[str], columns: str | None = None) -> str:
    """Return what a cheap function told of the rows it was asked about, by all their columns or some."""
    told.clear()
    with suppress(UndoneError), connection.transaction():
        connection.execute(
            "CREATE FUNCTION pg_temp.peek(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql "
            "AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'"
        )
        every = (
            "SELECT string_agg(format('%I::text', attname), ', ') FROM pg_attribute "
            f"WHERE attrelid = 'opd.{view}'::regclass AND attnum > 0"
        )
        asked = columns or f"concat_ws(' ', {column(connection, every)[0]})"
        connection.execute(f"SELECT count(*) FROM opd.{view} WHERE pg_temp.peek({asked})".encode())
        raise UndoneError
    return "\n".join(told)


def test_neither_errors_nor_plans_tell_of_rows_that_it_may_not_see(town: Connection) -> None:
    with signed_in(town, LOGIN):
        trap = "1 / (CASE WHEN {} > 90000 THEN 0 ELSE 1 END) > 0"
        assert said(town, f"SELECT count(*) FROM opd.reading WHERE {trap.format('value')}") == "(90,)"
        for level in ("1m", "1h", "1d"):
            assert said(town, f"SELECT count(*) FROM opd.reading_{level} WHERE {trap.format('max')}") is not None
        for name in ("source", "reading", "reading_1h", "alarm", "waste_load"):
            plan = said(town, f"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM opd.{name}")
            assert plan is not None
            assert not MARKS.search(plan)


def test_it_becomes_nobody_else_and_stands_in_no_functions_way(town: Connection) -> None:
    with signed_in(town, LOGIN):
        for role in ("pantau_ingest", "pantau_web", "pantau_reader", "postgres"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                town.execute(f"SET ROLE {role}".encode())
        town.execute("SET ROLE pantau_opd")
        assert column(town, "SELECT id FROM opd.me") == ["dlh"], "who signed in counts, not the role"
        town.execute("RESET ROLE")
        with suppress(UndoneError), town.transaction():
            town.execute(
                "CREATE TEMPORARY TABLE database_login AS SELECT session_user::text AS login, 'bpbd' AS opd_id"
            )
            town.execute("SET LOCAL search_path = pg_temp, public")
            assert column(town, "SELECT waste_site_id FROM opd.waste_fills(now())") == ["tps"]
            raise UndoneError
        for statement in (
            "UPDATE database_login SET opd_id = 'bpbd'",
            "CREATE TABLE public.mine (a int)",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DELETE FROM opd.reading",
        ):
            with pytest.raises(psycopg.Error, match=r"permission denied|cannot delete"):
                town.execute(statement.encode())


def test_a_login_without_an_office_sees_only_what_is_public(town: Connection) -> None:
    town.execute("DELETE FROM database_login WHERE login = %s", [LOGIN])
    with signed_in(town, LOGIN):
        assert column(town, "SELECT id FROM opd.source") == ["hujan"]
        assert set(column(town, "SELECT value FROM opd.reading")) == {PUBLIC}
        for name in ("alarm", "dataset", "waste_site", "waste_incident", "liveness", "me"):
            assert column(town, f"SELECT 1 FROM opd.{name}") == []
    town.execute("INSERT INTO database_login VALUES (%s, 'opd', 'dlh', now())", [LOGIN])
    assert FOREIGN not in {OWN, PUBLIC}
