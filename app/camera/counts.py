"""Counts made by a person: read from a CSV beside a recording, or typed while a camera is watched."""

import csv
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from app.camera.calibration import OperatorCount
from events.errors import ConfigError

MOST_PEOPLE = 5000
"""Nobody counts more by eye."""
EXAMPLE = "t_s,count\n12,3\n1:05,7\n"


def read_counts(file: Path) -> list[OperatorCount]:
    """Read `t_s,count` rows; times in seconds or as m:ss, separated by commas, semicolons or tabs.

    Raises:
        ConfigError: the file cannot be read or a row says nothing; names the line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as text: {error}") from error
    counts = list(_counts(text, file))
    if not counts:
        raise ConfigError(f"{file}: holds no counts; write rows such as\n{EXAMPLE}")
    return counts


def _counts(text: str, file: Path) -> Iterator[OperatorCount]:
    separator = next((mark for mark in ";\t" if mark in text), ",")
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=separator), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue  # an empty line, or the headings
        t_s = _seconds(cells[0])
        people = _people(cells[1]) if len(cells) > 1 else None
        if t_s is None or people is None:
            raise ConfigError(f"{file}:{number}: not a time and a number of people; write rows such as\n{EXAMPLE}")
        yield OperatorCount(t_s=t_s, people=people)


def _seconds(text: str) -> float | None:
    minutes, colon, seconds = text.rpartition(":")
    try:
        t_s = (60.0 * int(minutes) if colon else 0.0) + float(seconds)
    except ValueError:
        return None
    return t_s if 0 <= t_s < float("inf") else None


def _people(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MOST_PEOPLE else None


class TypedCounts:
    """Numbers somebody types while watching, each followed by Enter; read on a thread of its own."""

    def __init__(self, lines: TextIO = sys.stdin) -> None:
        self._typed: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lines = lines
        threading.Thread(target=self._read, name="typed-counts", daemon=True).start()

    def take(self) -> list[int]:
        """Return what was typed since the last call."""
        taken: list[int] = []
        while True:
            try:
                taken.append(self._typed.get_nowait())
            except queue.Empty:
                return taken

    def _read(self) -> None:
        for line in self._lines:
            people = _people(line.strip())
            if people is None:
                sys.stderr.write("  a number of people, please\n")
            else:
                self._typed.put(people)
