"""How a process learns that it should stop."""

import os
import signal
import sys
import threading
from types import FrameType

from runtime import environment


def stop_event() -> threading.Event:
    """Return an event that is set on SIGTERM, on SIGINT, or when the supervisor that started this process is gone.

    Must be called from the main thread. A second SIGINT ends the process at once, for the person who is in a hurry.
    """
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            os._exit(130)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if environment.is_supervised():
        threading.Thread(target=_watch_supervisor, args=(stop,), name="supervisor-watch", daemon=True).start()
    return stop


def _watch_supervisor(stop: threading.Event) -> None:
    # The supervisor holds the other end of our standard input; it closes even when the supervisor is killed.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()
