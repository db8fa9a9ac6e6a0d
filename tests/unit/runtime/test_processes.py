"""Supervision of real processes."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from events.errors import ConfigError
from runtime.processes import EXIT_CONFIG, Program, Supervisor
from tests.waiting import until

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)


def test_a_killed_program_is_started_again() -> None:
    supervisor = Supervisor(grace_s=1)
    supervisor.start(Program(name="sleeper", argv=SLEEPER))
    first = supervisor.pid("sleeper")
    assert first is not None
    os.kill(first, signal.SIGKILL)

    def replaced() -> bool:
        supervisor.check()
        return supervisor.pid("sleeper") not in (None, first)

    until(replaced)
    assert supervisor.restarts == {"sleeper": 1}
    supervisor.stop()


def test_stopping_leaves_no_process_behind_even_a_stubborn_one(tmp_path: Path) -> None:
    supervisor = Supervisor(log_folder=tmp_path, grace_s=0.3)
    supervisor.start(Program(name="sleeper", argv=SLEEPER))
    supervisor.start(Program(name="stubborn", argv=STUBBORN, last=True))
    until(lambda: (tmp_path / "stubborn.log").read_text().startswith("up"))
    pids = [supervisor.pid("sleeper"), supervisor.pid("stubborn")]
    supervisor.stop()
    assert not any(pid is not None and psutil.pid_exists(pid) for pid in pids)


def test_a_refused_configuration_is_not_tried_again() -> None:
    supervisor = Supervisor(grace_s=1)
    supervisor.start(Program(name="refuser", argv=(sys.executable, "-c", f"raise SystemExit({EXIT_CONFIG})")))

    def refused() -> bool:
        try:
            supervisor.check()
        except ConfigError:
            return True
        return False

    until(refused)
    supervisor.stop()


@pytest.mark.slow
def test_programs_stop_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "from runtime.shutdown import stop_event\nstop = stop_event()\nprint('ready', flush=True)\nstop.wait()\n"
    )
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from runtime.processes import Program, Supervisor
        s = Supervisor(log_folder=Path({str(tmp_path)!r}))
        s.start(Program(name="child", argv=(sys.executable, {str(child)!r})))
        Path({str(tmp_path / "pid")!r}).write_text(str(s.pid("child")))
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL) as parent:
        try:
            log = tmp_path / "child.log"
            until(lambda: log.exists() and "ready" in log.read_text())
        finally:
            parent.kill()
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_what_a_program_said_of_its_present_state_ends_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor(metrics_folder=tmp_path, grace_s=1)
    supervisor.start(Program(name="sleeper", argv=SLEEPER))
    pid = supervisor.pid("sleeper")
    assert pid is not None
    state, counted = tmp_path / f"gauge_livesum_{pid}.db", tmp_path / f"counter_{pid}.db"
    state.touch()
    counted.touch()
    os.kill(pid, signal.SIGKILL)

    def forgotten() -> bool:
        supervisor.check()
        return not state.exists()

    until(forgotten)
    assert counted.exists()
    supervisor.stop()
