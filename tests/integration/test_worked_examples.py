"""The worked examples of `docs/data.md`: asked as they stand there, on every edition, and none of any view missing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from storage.database import connect
from storage.editions import detect_edition
from storage.logins import Kind, Logins
from tests.fix_community import THREE_EDITIONS
from tests.integration.test_view_contract import town
from tests.material import NOON
from tests.office_town import build, signed_in
from tests.worked_examples import shown, worked_examples

PAGE = "data.md"
WASTE, GOVERNANCE = "Waste, by example", "Governance, by example"
CITY, OFFICE = "The city's views, by example", "An office's views, by example"
LOGIN = "uji_contoh_dlh"


@contextmanager
def asked_of(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, prepare_threshold=None, autocommit=True) as connection:
        yield connection


def answers(connection: psycopg.Connection, heading: str) -> list[tuple[str, str]]:
    """Return the queries below a heading with what the database answers."""
    queries = [query for query, _ in worked_examples(PAGE, heading)]
    return [(query, shown(connection.execute(query.encode()).fetchall())) for query in queries]


@pytest.mark.parametrize("edition", THREE_EDITIONS)
def test_the_town_of_waste_and_offices_answers_as_the_page_says(edition: str, request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue(edition)
    town(url)
    with asked_of(url) as connection:
        for heading in (WASTE, GOVERNANCE):
            assert answers(connection, heading) == worked_examples(PAGE, heading)


@pytest.mark.parametrize("edition", THREE_EDITIONS)
def test_the_town_of_two_offices_answers_as_the_page_says(edition: str, request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue(edition)
    with connect(url, name="test", autocommit=True) as connection:
        connection.prepare_threshold = None
        build(connection, compressed=detect_edition(connection).has_continuous_aggregates)
        logins = Logins(connection)
        logins.grant(Kind.OFFICE, NOON, name=LOGIN, office="dlh")
        try:
            assert answers(connection, CITY) == worked_examples(PAGE, CITY)
            with signed_in(connection, LOGIN):
                assert answers(connection, OFFICE) == worked_examples(PAGE, OFFICE)
        finally:
            logins.revoke(LOGIN)


@pytest.mark.database
def test_every_view_and_function_has_an_example(database_url: str) -> None:
    with asked_of(database_url) as connection:
        known = connection.execute(
            "SELECT pronamespace::regnamespace::text || '.' || proname FROM pg_proc "
            "WHERE pronamespace::regnamespace::text IN ('governance', 'gareng_mesem', 'api', 'opd') "
            "UNION SELECT schemaname || '.' || viewname FROM pg_views "
            "WHERE schemaname IN ('governance', 'gareng_mesem', 'api', 'opd')"
        ).fetchall()
    queries = [query for heading in (WASTE, GOVERNANCE, CITY, OFFICE) for query, _ in worked_examples(PAGE, heading)]
    shown_there = {
        name for query in queries for name in re.findall(r"\b(?:governance|gareng_mesem|api|opd)\.\w+", query)
    }
    assert {name for (name,) in known} - shown_there == set()
