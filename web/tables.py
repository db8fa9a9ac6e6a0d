"""Answers as tables: rows of one shape as JSON or, with `format=csv`, as a file for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

import msgspec
from aiohttp import web

from web.problems import ProblemError

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def wants_csv(request: web.Request) -> bool:
    """Tell whether the client wants CSV instead of JSON.

    Raises:
        ProblemError: it wants something else.
    """
    wanted = request.query.get("format", "json")
    if wanted not in {"json", "csv"}:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "format: want json or csv")
    return wanted == "csv"


def csv_response(name: str, shape: type[msgspec.Struct], rows: Sequence[msgspec.Struct]) -> web.Response:
    """Answer with rows as CSV (RFC 4180, UTF-8), a column for each field; what is unknown is empty.

    Args:
        name: Name of the file without its ending.
        shape: Type of every row: its fields name the columns also where there is no row.
        rows: The rows; fields that are mappings or lists are left out.
    """
    columns = [field.name for field in msgspec.structs.fields(shape) if field.name not in _nested(shape)]
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


def _nested(shape: type[msgspec.Struct]) -> frozenset[str]:
    kinds = {field.name: msgspec.inspect.type_info(field.type) for field in msgspec.structs.fields(shape)}
    nested = (msgspec.inspect.DictType, msgspec.inspect.ListType, msgspec.inspect.StructType)
    return frozenset(name for name, kind in kinds.items() if isinstance(kind, nested))


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # A spreadsheet takes such a text for a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value
