"""A mistake in the site file: where it is, what is wrong, what to write instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from configs.model import KeyPath

SECRET_KEYS = frozenset({"password", "url", "owner_url", "detect_url", "live_url"})
"""Keys whose values may hold credentials: nothing below them is ever shown."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake. No text in it holds a secret, nor a value that came from the environment.

    Attributes:
        file: The file.
        line: Line, from 1; None where the file as a whole is meant.
        column: Column in characters, from 1; None likewise.
        path: Keys down to it, such as `cameras[0].zones[1].polygon`; empty for the file as a whole.
        problem: What is wrong, one clause.
        remedy: What to write instead, one clause.
        warning: Whether the file can be used in spite of it.
    """

    file: Path
    line: int | None
    column: int | None
    path: str
    problem: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        """Return one line as compilers print it, so that editors can jump there."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        parts = [place, "warning" if self.warning else "", self.path, f"{self.problem}; {self.remedy}"]
        return ": ".join(part for part in parts if part)


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return each mistake once, from the top of the file to its end."""
    return sorted(dict.fromkeys(mistakes), key=lambda m: (m.line or 0, m.column or 0, m.path))


def key_text(key: str) -> str:
    """Return a key fit for a message; one that no section could have is not repeated, it may be anything."""
    return key if _PLAIN_KEY.fullmatch(key) else "…"


def path_text(path: KeyPath) -> str:
    """Return a path as people write it, cut off below a key that may hold a secret."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{text and '.'}{key_text(part)}"
        if part in SECRET_KEYS:
            break
    return text
