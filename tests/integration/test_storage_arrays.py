"""Arrays as text: the server reads back what was put in, whatever stands in it."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.arrays import number_array, text_array

pytestmark = pytest.mark.database

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ['"', "\\", "NULL", "null", "", "{}", "a,b", ' "a" ', '","', "\\\\", '\\"']
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(texts, max_size=6), min_size=1, max_size=30))
def test_the_server_reads_every_text_as_it_was(database_url: str, arrays: list[list[str]]) -> None:
    with psycopg.connect(database_url) as connection:
        for array in arrays:
            assert connection.execute("SELECT %b::text[]", [text_array(array)]).fetchone() == (array,)


def test_the_server_reads_every_number_as_it_was(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        for numbers in ([], [0], [-1, 2**53]):
            assert connection.execute("SELECT %s::bigint[]", [number_array(numbers)]).fetchone() == (numbers,)
