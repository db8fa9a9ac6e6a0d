"""Databases by limited logins. The test servers believe whoever says a name: passwords are not what is tested there."""

from collections.abc import Iterator

import pytest

from storage.database import connect
from storage.logins import Kind, Logins
from tests.material import NOON

INGEST, WEB, READER = "uji_ingest", "uji_web", "uji_reader"


def by(url: str, login: str) -> str:
    """Return the address of a database by another login than the superuser's."""
    return url.replace("://postgres@", f"://{login}@", 1)


@pytest.fixture
def limited(each_database: str) -> Iterator[str]:
    """Return the owner's address of a migrated, empty database that has a login of each kind but an office's."""
    with connect(each_database, name="test", autocommit=True) as connection:
        logins = Logins(connection)
        for kind, name in ((Kind.INGEST, INGEST), (Kind.WEB, WEB), (Kind.READER, READER)):
            logins.grant(kind, NOON, name=name)
        yield each_database
        for login in logins.all():
            logins.revoke(login.name)
