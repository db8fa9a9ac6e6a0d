"""Who may do what: every table has its row, the roles' rights suffice for their work, and go no further."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from app.cli import app
from events.errors import ConfigError, StorageError
from storage.backup import dump, restore
from storage.database import Connection, connect
from storage.logins import Kind, Logins
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.queries import SQL
from storage.retention import ROLLED_UP, ROWS, Keeping, Retention
from storage.rights import FUNCTIONS, INGEST, OFFICE, OPENED_TO, READ_BY, READER, ROLES, TABLES, VERBS, WEB
from storage.roles import missing_roles
from storage.writer import Writer
from tests.fix_database import Databases
from tests.fix_logins import INGEST as INGEST_LOGIN
from tests.fix_logins import READER as READER_LOGIN
from tests.fix_logins import WEB as WEB_LOGIN
from tests.fix_logins import by
from tests.integration.test_dashboards import DASHBOARDS, targets
from tests.material import NOON, LimitRule, telemetry
from tests.waiting import until

OURS = ["public", *OPENED_TO, *READ_BY]

SITE = """
city: {name: Kota uji}
database: {embedded: false, url: "%s"}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
"""

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')
"""

_FUNCTIONS = """
SELECT p.proname FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
"""

_HELD = """
SELECT verb FROM unnest(%s::text[]) AS verb WHERE has_table_privilege(%s, %s::regclass, verb)
"""

_OTHERS = "SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)"


def test_every_table_view_and_function_has_its_row_and_the_roles_hold_just_that(each_edition: Connection) -> None:
    relations = each_edition.execute(_RELATIONS, [OURS]).fetchall()
    verbs = [*VERBS.values(), "TRUNCATE", "REFERENCES", "TRIGGER"]
    for schema, name, _ in relations:
        full = sql.Identifier(schema, name).as_string(each_edition)
        wanted = dict.fromkeys(ROLES, "")
        if schema in READ_BY:
            wanted[READ_BY[schema]] = "s"
        else:
            known = name if schema == "public" else f"{schema}.{name}"
            assert known in TABLES, f"{known} has no row in storage/rights.py: who may do what with it?"
            wanted[INGEST], wanted[WEB] = TABLES[known]
        for role, letters in wanted.items():
            held = {verb for (verb,) in each_edition.execute(_HELD, [verbs, role, full])}
            assert held == {VERBS[letter] for letter in letters}, f"{role} on {full}"
    functions = {name for (name,) in each_edition.execute(_FUNCTIONS)}
    assert functions <= FUNCTIONS.keys(), "a function in public has no row in storage/rights.py"
    assert each_edition.execute(_OTHERS, [OURS]).fetchone() == (len(OURS),)


def test_ingest_takes_in_judges_rolls_up_and_forgets_with_its_own_login(limited: str, tmp_path: Path) -> None:
    url = by(limited, INGEST_LOGIN)
    assert migrate(url) == []
    writer = Writer(url, LimitRule(), PictureStore(tmp_path), lambda: NOON)
    report = writer.commit([telemetry("tide-1", n, {"tide": 150.0 - n}) for n in range(60)])
    writer.close()
    assert report.rows == 60
    config = tmp_path / "site.yaml"
    config.write_text(SITE % url)
    ran = CliRunner().invoke(app, ["database", "rollup", "-c", str(config)])
    assert ran.exit_code == 0, ran.output
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT sum(total) FROM reading_1h").fetchone() == (60,)
        assert connection.execute("SELECT count(*) > 0 FROM alarm_event").fetchone() == (True,)


def test_ingest_may_forget_every_class_of_data_with_its_own_login(limited: str, tmp_path: Path) -> None:
    with connect(by(limited, INGEST_LOGIN), name="test", autocommit=True) as connection:
        days = dict.fromkeys([*ROLLED_UP, *ROWS, "alarms", "pictures"], 30)
        keeping = Keeping(days=days, compress_after_days=7)
        Retention(connection, PictureStore(tmp_path)).run(keeping, NOON)
        edges = connection.execute("SELECT count(dropped_before) FROM data_edge").fetchone()
    assert edges == (len(ROLLED_UP),)


@pytest.mark.parametrize(
    ("login", "statement"),
    [
        (WEB_LOGIN, "UPDATE reading SET value = 0"),
        (WEB_LOGIN, "DELETE FROM audit_log"),
        (WEB_LOGIN, "SELECT * FROM database_login"),
        (WEB_LOGIN, "UPDATE alarm_event SET actor = 'nobody'"),
        (INGEST_LOGIN, "UPDATE audit_log SET actor = 'nobody'"),
        (INGEST_LOGIN, "DROP TABLE reading"),
        (INGEST_LOGIN, "UPDATE alarm_verdict SET truth = 'false'"),
        (READER_LOGIN, "SELECT * FROM public.reading"),
        (READER_LOGIN, "SELECT secret_hash FROM public.device"),
        (READER_LOGIN, "SELECT * FROM opd.reading"),
        (READER_LOGIN, "SELECT * FROM governance.days('2026-03-01', '2026-03-02')"),
    ],
)
def test_a_login_can_do_no_more_than_its_work(limited: str, login: str, statement: str) -> None:
    with (
        psycopg.connect(by(limited, login)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_reader_runs_every_dashboard_and_has_limited_time(limited: str) -> None:
    ran = 0
    with psycopg.connect(by(limited, READER_LOGIN), autocommit=True) as connection:
        for file in DASHBOARDS:
            for target in targets(file):
                if "rawSql" in target:
                    between = r"\1 BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-02T00:00:00Z'"
                    connection.execute(re.sub(r"\$__timeFilter\(([^()]+)\)", between, target["rawSql"]).encode())
                    ran += 1
        for name in ("waste_tonnage", "dataset_days", "dataset_league"):
            connection.execute(f"SELECT * FROM {name}('2026-03-01', '2026-03-02')".encode())
        assert connection.execute("SHOW statement_timeout").fetchone() == ("30s",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE mine (a int)")
    assert ran >= 18


def test_a_limited_login_is_told_who_must_migrate(limited: str, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    shutil.copytree(SQL, folder)
    (folder / "migrations" / "9999_more.sql").write_text("CREATE TABLE more (a int)")
    with pytest.raises(StorageError, match="run `pantau migrate` with the login that owns the tables"):
        migrate(by(limited, INGEST_LOGIN), folder)


def test_rights_come_back_with_a_restored_database(limited: str, each_databases: Databases, tmp_path: Path) -> None:
    dump(limited, tmp_path / "city.dump")
    url = each_databases.new()
    restore(url, tmp_path / "city.dump")
    with psycopg.connect(by(url, WEB_LOGIN)) as connection:
        assert connection.execute("SELECT count(*) FROM alarm").fetchone() == (0,)
    with psycopg.connect(by(url, READER_LOGIN)) as connection:
        assert connection.execute("SELECT count(*) FROM reading").fetchone() == (0,)
    each_databases.drop(url)


def test_an_owner_who_may_not_make_roles_is_told_what_to_run_and_works_on(plain_databases: Databases) -> None:
    url = plain_databases.new()
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(plain_databases.server.url("postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE uji_owner LOGIN")
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO uji_owner").format(sql.Identifier(str(name))))
        owned = by(url, "uji_owner")
        assert "migrations/0028_roles" in migrate(owned)
        with connect(owned, name="test", autocommit=True) as connection:
            with pytest.raises(StorageError, match=r"administrator.*GRANT .*pantau_opd TO uji_owner") as refused:
                Logins(connection).grant(Kind.READER, NOON, name="uji_leser")
            for statement in str(refused.value).partition("server run: ")[2].rstrip(";").split("; "):
                admin.execute(statement.encode())
            Logins(connection).grant(Kind.READER, NOON, name="uji_leser")
            with psycopg.connect(by(url, "uji_leser")) as reader:
                assert reader.execute("SELECT count(*) FROM reading").fetchone() == (0,)
            # A server process outlives its connection by a moment.
            left = "SELECT FROM pg_stat_activity WHERE usename = 'uji_leser'"
            until(lambda: not admin.execute(left).fetchall())
            assert Logins(connection).revoke("uji_leser") == 0
        plain_databases.drop(url)
        admin.execute("DROP OWNED BY uji_owner")
        admin.execute("DROP ROLE uji_owner")


@pytest.mark.database
def test_the_commands_make_list_renew_and_remove_logins(database_url: str, tmp_path: Path) -> None:
    config = tmp_path / "site.yaml"
    config.write_text(SITE % database_url)

    def ran(*words: str) -> str:
        done = CliRunner().invoke(app, ["database", *words, "-c", str(config)])
        assert done.exit_code == 0, done.output
        return done.output

    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO opd (id, name) VALUES ('dlh', 'Dinas Lingkungan Hidup')")
        made = ran("grant-opd", "dlh", "--login", "uji_dlh")
        secret = re.search(r"password: (\S{32})", made)
        assert secret is not None
        stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'uji_dlh'"
        before = connection.execute(stored).fetchone()
        assert before is not None
        assert before[0].startswith("SCRAM-SHA-256$")
        assert "uji_dlh" in ran("logins")
        assert secret.group(1) not in ran("logins")
        assert secret.group(1) not in ran("grant-opd", "dlh", "--login", "uji_dlh")
        assert connection.execute(stored).fetchone() != before
        with psycopg.connect(by(database_url, "uji_dlh")) as office:
            assert office.execute("SELECT id FROM me").fetchone() == ("dlh",)
            assert "1 of its connections" in ran("revoke", "uji_dlh")
            with pytest.raises(psycopg.OperationalError):
                office.execute("SELECT id FROM me")
        assert connection.execute(stored).fetchone() is None


@pytest.mark.database
@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (lambda logins: logins.grant(Kind.OFFICE, NOON, office="tidak-ada"), "no office tidak-ada"),
        (lambda logins: logins.grant(Kind.READER, NOON, name="postgres"), "did not make here"),
        (lambda logins: logins.grant(Kind.READER, NOON, name="x" * 64), "at most 63 bytes"),
        (lambda logins: logins.revoke("postgres"), "made no login postgres"),
    ],
)
def test_no_other_users_password_is_touched(database_url: str, attempt: Callable[[Logins], object], told: str) -> None:
    with connect(database_url, name="test", autocommit=True) as connection:
        assert missing_roles(connection) == []
        with pytest.raises(ConfigError, match=told):
            attempt(Logins(connection))


def test_roles_have_names_that_the_documentation_has() -> None:
    text = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
    assert all(f"`{role}`" in text for role in (INGEST, WEB, READER, OFFICE))
