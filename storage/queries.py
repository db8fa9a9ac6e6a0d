"""Named SQL, one query a file in `storage/sql/queries/`."""

from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"


@cache
def query(name: str) -> bytes:
    """Return the text of a query; bytes, because psycopg takes only literals or bytes under strict typing."""
    return (SQL / "queries" / f"{name}.sql").read_bytes()
