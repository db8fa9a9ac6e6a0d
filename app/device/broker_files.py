"""Writes who may say what into the broker's files, and asks the broker to read them."""

import math
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import Gauge

from app.device.registered import merged
from configs.site import SiteFile
from devices.credentials import Account, acl_file, hashed, password_file
from events.device import Device
from events.errors import ConfigError
from events.ids import SourceId

log = structlog.get_logger(__name__)

PROGRAM = "mosquitto"

AGAIN_S = 30.0
"""After so long, files that could not be written are tried again."""

WRITTEN = Gauge(
    "pantau_broker_files_written",
    "1 where the broker's files say what the registry says, 0 where they could not be written",
    multiprocess_mode="livemostrecent",
)


def accounts_of(site: SiteFile, devices: Sequence[Device]) -> list[Account]:
    """Return who may sign in: every device that may speak and has a password."""
    sensors = {sensor.id: sensor for sensor in merged(site, devices).sensors}
    served: dict[str, list[SourceId]] = {}
    for device in devices:
        if device.gateway is not None and device.id in sensors:
            served.setdefault(device.gateway, []).append(device.id)
    accounts = []
    for device in devices:
        sensor = sensors.get(device.id)
        if sensor is None or device.secret_hash is None:
            continue
        speaks_for = [device.id, *served.get(device.id, ())]
        spoken = [speech for name in speaks_for for speech in sensors[name].speaks]
        foreign = {topic for speech in spoken for topic in speech.filters}
        commands = {topic for speech in spoken if speech.edge_node for topic in speech.edge_node.command_filters}
        accounts.append(
            Account(
                user=device.id,
                secret_hash=device.secret_hash,
                speaks_for=speaks_for,
                foreign=tuple(sorted(foreign)),
                commands=tuple(sorted(commands)),
            )
        )
    return accounts


def write_broker_files(
    site: SiteFile, devices: Sequence[Device], *, passwords: Path, acl: Path, pid_file: Path | None
) -> int:
    """Write both files and let the broker read them; return how many devices may sign in.

    Args:
        site: The site file; `broker.username` and `broker.password` are Pantau's own account.
        devices: The registry.
        passwords: Mosquitto's `password_file`.
        acl: Mosquitto's `acl_file`.
        pid_file: Mosquitto's `pid_file`, None where somebody else tells the broker.

    Raises:
        ConfigError: Pantau has no account of its own, or a file cannot be written.
    """
    broker = site.broker
    if broker.username is None or broker.password is None:
        raise ConfigError(
            "broker.username and broker.password of the site file are missing: with access lists Pantau itself must "
            "sign in too; write password: ${NAME}"
        )
    accounts = accounts_of(site, devices)
    spoken = [speech for sensor in merged(site, devices).sensors for speech in sensor.speaks]
    foreign = {topic for speech in spoken for topic in speech.filters}
    rebirths = {speech.edge_node.command_topic for speech in spoken if speech.edge_node and speech.rebirth}
    own = {broker.username: hashed(broker.password.get_secret_value())}
    _replace(passwords, password_file(accounts, own))
    _replace(acl, acl_file(accounts, own, foreign, rebirths))
    if pid_file is not None:
        _reload(pid_file)
    return len(accounts)


class BrokerFilesKeeper:
    """Keeps the broker's files as the registry has it; for one thread.

    What goes wrong is said and shown, and tried again: data comes in as before meanwhile.

    Args:
        monotonic: Seconds that only run forward.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._write: Callable[[], int] | None = None
        self._again_s = math.inf

    def renew(self, site: SiteFile, devices: Sequence[Device]) -> None:
        """Write the files where the site file names them; call whenever the registry changed."""
        files = site.broker.files
        if files is None:
            self._write, self._again_s = None, math.inf
            return
        self._write = partial(
            write_broker_files, site, devices, passwords=files.passwords, acl=files.acl, pid_file=files.pid_file
        )
        self._try()

    def try_again(self) -> None:
        """Write them if that failed a while ago; costs nothing else."""
        if self._monotonic() >= self._again_s:
            self._try()

    def _try(self) -> None:
        if self._write is None:
            return
        try:
            number = self._write()
        except ConfigError as error:
            WRITTEN.set(0)
            self._again_s = self._monotonic() + AGAIN_S
            log.warning("the broker does not know who may sign in by now", problem=str(error), again_in_s=AGAIN_S)
            return
        WRITTEN.set(1)
        self._again_s = math.inf
        log.info("the broker's files are written", may_sign_in=number)


def _replace(path: Path, text: str) -> None:
    """Write a file as a whole, so that the broker never reads half of one; only its owner and group may read it.

    Two that write at once each have a part of their own, and a machine that dies has the old file or the new one.
    """
    try:
        there = path.stat() if path.exists() else None
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        part = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o640)
            if there is not None and os.geteuid() == 0:
                os.chown(part, there.st_uid, there.st_gid)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _reload(pid_file: Path) -> None:
    """Ask the broker to read its files; a number that is by now somebody else's, or a group's, is left alone."""
    try:
        os.kill(_broker_pid(pid_file), signal.SIGHUP)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{pid_file}: the files are written, but the broker could not be told ({error}); reload it by hand"
        ) from error


def _broker_pid(pid_file: Path) -> int:
    """Return the number of the broker's process.

    Raises:
        OSError: the file cannot be read, or there is no such process.
        ValueError: it is no number, or that of another program.
    """
    pid = int(pid_file.read_text().strip())
    program = Path(f"/proc/{pid}/comm").read_text().strip() if pid > 0 else "a group of processes"
    if program != PROGRAM:
        raise ValueError(f"process {pid} is not {PROGRAM}, but {program}")
    return pid
