"""Answers as tables: rows of one shape as JSON or, with `format=csv`, as a file for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from aiohttp import web

T = TypeVar("T")

CSV: Final = "text/csv"

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula."""


Form = Annotated[Literal["json", "csv"], msgspec.Meta(description="csv as a file for a spreadsheet.")]


class TableQuery(msgspec.Struct, frozen=True, kw_only=True):
    """In which form a table is told."""

    format: Form = "json"


def csv_response(name: str, shape: type[T], rows: Sequence[T]) -> web.Response:
    """Answer with rows as CSV (RFC 4180, UTF-8), a column for each field; what is unknown is empty.

    Args:
        name: Name of the file without its ending.
        shape: Type of every row, a Struct or a dataclass: its fields name the columns also where there is no row.
        rows: The rows; fields that are mappings or lists are left out.
    """
    columns = _columns(shape)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[_cell(getattr(row, column)) for column in columns] for row in rows])
    return web.Response(
        body=text.getvalue().encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _columns(shape: type) -> list[str]:
    nested = (msgspec.inspect.DictType, msgspec.inspect.ListType, msgspec.inspect.StructType)
    kind = msgspec.inspect.type_info(shape)
    if not isinstance(kind, msgspec.inspect.StructType | msgspec.inspect.DataclassType):
        raise TypeError(f"{shape.__name__} has no fields to name columns by")
    return [field.name for field in kind.fields if not isinstance(field.type, nested)]


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # A spreadsheet takes such a text for a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
