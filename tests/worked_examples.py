"""Worked examples of the pages in `docs`: tables of a query and what it answers, told in a form of their own."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

DOCS = Path(__file__).parents[1] / "docs"
JAKARTA = ZoneInfo("Asia/Jakarta")
_EXAMPLE = re.compile(r"^\| `(SELECT .*?)` \| (.*?) \|$", re.MULTILINE)


def worked_examples(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the queries and answers that stand below a heading of a page, up to the next heading.

    Args:
        page: File in `docs`.
        heading: The heading's words.
    """
    text = (DOCS / page).read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n### {heading}\n")
    assert found, f"{page} has no heading {heading}"
    return _EXAMPLE.findall(re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0])


def shown(rows: Iterable[Sequence[object]]) -> str:
    """Return an answer as the pages show it: values split by commas, rows by semicolons; times are Jakarta's."""
    return "; ".join(", ".join(map(_shown, row)) for row in rows) or "nothing"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
    if isinstance(value, float | Decimal):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value)
