"""Time series as CSV (RFC 4180): a header line, then rows that each name their unit: no comments to parse."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from web.tables import DANGEROUS
from web.telling import Row, Telling, columns, flattener


class CsvWriter:
    """Writes CSV in UTF-8; an empty cell is what was not measured."""

    media = "text/csv"
    ending = "csv"

    def __init__(self, telling: Telling) -> None:
        self._names = [column.name for column in columns(telling)]
        self._flat = flattener(telling)

    def begin(self) -> bytes:
        """Return the header line."""
        return _lines([self._names])

    def rows(self, rows: Sequence[Row], /) -> bytes:
        """Return rows."""
        return _lines([[_text(cell) for cell in self._flat(row)] for row in rows])

    def end(self, _following: str | None, /) -> bytes:
        """Return nothing: CSV ends where it ends."""
        return b""


def _text(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    # A spreadsheet takes such a text for a formula.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
