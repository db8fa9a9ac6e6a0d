"""Time series as an Arrow stream or a Parquet file, with what is known of each series in the schema.

Not imported before somebody asks: pyarrow costs a third of a second and 36 MB of memory.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from web.telling import Column, Row, Telling, columns, described, flattener

GROUP_ROWS = 32_768
"""Rows in one row group of a Parquet file, or one batch of an Arrow stream."""


class ArrowWriter:
    """Writes either format.

    The schema's metadata holds JSON under `pantau`: from, to, tz, bucket, fill, and each series with its unit;
    where all series have one unit, it stands as metadata `unit` of each measured column too.

    Args:
        telling: What the answer is about.
        parquet: Whether Parquet is wanted.
    """

    def __init__(self, telling: Telling, *, parquet: bool) -> None:
        self.media = "application/vnd.apache.parquet" if parquet else "application/vnd.apache.arrow.stream"
        self.ending = "parquet" if parquet else "arrows"
        self._columns = columns(telling)
        self._flat = flattener(telling)
        self._schema = _schema(telling, self._columns)
        self._sink = _Outlet()
        self._writer: Any = (
            pq.ParquetWriter(self._sink, self._schema, compression="zstd")
            if parquet
            else pa.ipc.new_stream(self._sink, self._schema)
        )
        self._waiting: list[tuple[Any, ...]] = []

    def begin(self) -> bytes:
        """Return what the format begins with."""
        return self._sink.taken()

    def rows(self, rows: Sequence[Row], /) -> bytes:
        """Return whole row groups; the rest waits."""
        self._waiting += map(self._flat, rows)
        if len(self._waiting) >= GROUP_ROWS:
            self._write()
        return self._sink.taken()

    def end(self, _following: str | None, /) -> bytes:
        """Return the rest."""
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.taken()

    def _write(self) -> None:
        cells = list(zip(*self._waiting, strict=True))
        arrays = [pa.array(values, field.type) for values, field in zip(cells, self._schema, strict=True)]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._waiting = []


class _Outlet(io.RawIOBase):
    """A file that is read as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, part: Any, /) -> int:
        data = bytes(part)
        self._parts.append(data)
        self._length += len(data)
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _schema(telling: Telling, wanted: Sequence[Column]) -> pa.Schema:
    zone = telling.zone.key
    types = {
        "int": pa.int32(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz=zone),
        "word": pa.dictionary(pa.int32(), pa.string()),
    }
    units = {one.unit for one in telling.series.values()}
    unit = {"unit": units.pop()} if len(units) == 1 else None
    fields = [
        pa.field(column.name, types[column.kind], metadata=unit if column.measured else None) for column in wanted
    ]
    told = described(telling) | {"series": [asdict(one) for _, one in sorted(telling.series.items())]}
    return pa.schema(fields, metadata={"pantau": json.dumps(told, ensure_ascii=False)})
