"""The embedded server: starts anywhere, survives being killed, and stops for good."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from events.errors import StorageError
from storage.embedded import EmbeddedPostgres
from tests.fix_database import FAST, kill_family

pytestmark = pytest.mark.database


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder outside pytest's own, which other test runs close to the server's user."""
    parent = Path(tempfile.mkdtemp(prefix="pantau-test-"))
    yield parent / "data"
    for server in (EmbeddedPostgres(parent / "data"), *map(EmbeddedPostgres, parent.glob("*/*/"))):
        if server.pid is not None:
            kill_family(server.pid)
    shutil.rmtree(parent, ignore_errors=True)


def answer(url: str) -> object:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute("SELECT current_database()").fetchone()
    return row and row[0]


def test_it_starts_answers_and_stops_for_good(folder: Path) -> None:
    server = EmbeddedPostgres(folder, FAST)
    known_before = server.url
    assert server.start() == known_before
    assert answer(known_before) == "pantau"
    assert server.pid is not None
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
    server.stop()
    assert server.pid is None
    # Dead, even where nobody has asked yet for its exit status.
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    server.stop()


def test_another_process_finds_and_stops_it_by_its_folder(folder: Path) -> None:
    EmbeddedPostgres(folder, FAST).start()
    other = EmbeddedPostgres(folder, FAST)
    first = other.pid
    assert answer(other.start()) == "pantau"
    assert other.pid == first
    other.stop()
    assert other.pid is None


def test_it_listens_to_nobody_but_its_own_user(folder: Path) -> None:
    server = EmbeddedPostgres(folder, FAST)
    with psycopg.connect(server.start()) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
    assert row == ("",)
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_data_outlives_a_kill_of_every_process(folder: Path) -> None:
    server = EmbeddedPostgres(folder, FAST)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.pid is not None
    kill_family(server.pid)
    assert server.pid is None
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_lock_with_the_number_of_another_program_is_no_running_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder, FAST)
    server.start()
    lock = (folder / "postmaster.pid").read_text().splitlines()
    assert server.pid is not None
    kill_family(server.pid)
    (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lock[1:]]) + "\n")
    assert server.pid is None
    assert answer(server.start()) == "pantau"


@pytest.mark.parametrize("name", ["with a space", "with,comma", "with'quote", "x" * 120])
def test_any_folder_name_will_do(folder: Path, name: str) -> None:
    server = EmbeddedPostgres(folder / name, FAST)
    try:
        assert answer(server.start()) == "pantau"
    finally:
        server.stop()


def test_data_of_another_release_is_refused_with_a_remedy(folder: Path) -> None:
    server = EmbeddedPostgres(folder, FAST)
    server.start()
    server.stop()
    (folder / "PG_VERSION").write_text("15\n")
    with pytest.raises(StorageError, match=r"holds data of PostgreSQL 15.*brings PostgreSQL 18.*--fresh"):
        server.start()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(StorageError, match=r"does not start.*start\.log"):
        EmbeddedPostgres(folder, {**FAST, "shared_buffers": "nonsense"}).start()


def test_a_server_that_gives_up_is_quoted(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    server.stop()
    folder.chmod(0o755)
    with pytest.raises(StorageError, match="invalid permissions"):
        server.start()


def test_a_file_in_the_folders_place_is_refused(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(StorageError, match="cannot be used"):
        EmbeddedPostgres(folder).start()


def test_a_cluster_that_is_just_being_made_is_no_running_server(tmp_path: Path) -> None:
    """A standalone backend, such as initdb's, writes its number with a minus."""
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "postmaster.pid").write_text("-7843\n/somewhere\n")
    assert EmbeddedPostgres(folder).pid is None
