"""The real demo as a newcomer starts it, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from tests.ports import free_ports
from tests.waiting import until


class DemoCity:
    """One running demo."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.data = folder / "data"
        self.port = free_ports(3)
        self.broker_port = self.port + 1
        self.root = f"http://127.0.0.1:{self.port}"
        self.output = folder / "terminal.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "demo", "--port", str(self.port), "--data", str(self.data), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = 150.0) -> None:
        """Return once the pages say that data flows."""

        def ready() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            try:
                self.get("/readyz")
            except OSError:
                return False
            return True

        until(ready, "ready", timeout_s=timeout_s)

    def stop(self) -> float:
        """Press Ctrl-C; return how long it took to end."""
        pressed = time.monotonic()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - pressed

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.root + path, timeout=10) as response:
            body: bytes = response.read()
            return body

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and decoded body, refusals included."""
        request = urllib.request.Request(
            self.root + path,
            data=b"" if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())

    def processes(self) -> list[psutil.Process]:
        """Return every process of this city, its database too."""
        ours = [self.process.pid]
        found = []
        for process in psutil.process_iter():
            try:
                command = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if process.pid not in ours and str(self.data) in command and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def role(self, *words: str) -> psutil.Process:
        """Return the process whose command line holds all the words."""
        found = [p for p in psutil.Process(self.process.pid).children() if set(words) <= set(p.cmdline())]
        assert len(found) == 1, f"{words}: {found}"
        return found[0]
