"""The demo's cameras: an RTSP server of its own process that plays clips for ever."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import structlog
from aio_rtsp_toolkit.server import RtspServer

from app.demo.recordings import RECORDINGS_FOLDER, real_clips, transcode_all
from events.errors import ConfigError
from runtime.shutdown import stop_event

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"

_VIEWERS = 256
"""Threads of the server: each stream holds one for as long as it plays."""

_CLOSE_S = 1.0
_LAST_PRIORITY = 15


def run_rtsp_server(folder: Path, port: int) -> None:
    """Serve every clip below a folder until asked to stop; must be called from the main thread.

    A clip is played by `rtsp://127.0.0.1:PORT/PATH?play_count=0`, from its beginning for each viewer, over and over.
    Recordings that are on this machine and wanted by the folder are made ready meanwhile.

    Args:
        folder: Where the clips lie; ones that appear later are served too.
        port: Port to listen on, on loopback.

    Raises:
        ConfigError: the port is taken.
    """
    stop = stop_event()
    with _preparing_recordings(folder / RECORDINGS_FOLDER):
        asyncio.run(_serve(folder, port, stop))


async def _serve(folder: Path, port: int, stop: threading.Event) -> None:
    # On asyncio's own executor the server would serve only cores + 4 viewers: each stream waits in a thread.
    executor = ThreadPoolExecutor(_VIEWERS, thread_name_prefix="rtsp-stream")
    asyncio.get_running_loop().set_default_executor(executor)
    server = RtspServer(str(folder), host=HOST, port=port, session_name="Pantau demo")
    server.logger = _Quiet()
    try:
        await server.start()
    except OSError as error:
        raise ConfigError(
            f"port {port} for the demo's cameras cannot be used: {error.strerror or error}. "
            "Stop the program that holds it, or choose another port"
        ) from error
    log.info("cameras are served", port=port)
    await asyncio.get_running_loop().run_in_executor(executor, stop.wait)
    # Viewers who are still there are cut off; Python 3.11's streams would report each as an error.
    asyncio.get_running_loop().set_exception_handler(_without_cancellations)
    # From Python 3.12 on closing waits for every viewer to leave; they are thrown out by the end of the loop.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.close(), _CLOSE_S)


def _without_cancellations(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


class _Quiet:
    """Passes on what goes wrong and drops the line for every request."""

    def log(self, level: str, message: str) -> None:
        """Take a line of any level."""
        log.debug(message, level=level)

    def debug(self, message: str) -> None:
        """Drop it."""

    def info(self, message: str) -> None:
        """Drop it."""

    def warning(self, message: str) -> None:
        """Tell those who look for it; a viewer asking for a clip that is not ready yet is ordinary."""
        log.debug(message)

    def error(self, message: str) -> None:
        """Tell it."""
        log.error(message)

    def critical(self, message: str) -> None:
        """Tell it."""
        log.critical(message)


@contextlib.contextmanager
def _preparing_recordings(folder: Path) -> Iterator[None]:
    """Transcode recordings in a process beside this one, so that streams keep their time."""
    if not folder.is_dir():
        yield
        return
    process = multiprocessing.get_context("spawn").Process(
        target=_transcode, args=(folder,), name="recordings", daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.kill()  # what it has not finished lies in a .part file and is begun anew
        process.join()


def _transcode(folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_LAST_PRIORITY)
    transcode_all(folder, real_clips())
