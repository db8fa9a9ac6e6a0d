"""Payloads of Sparkplug B, which are protocol buffers.

Numbers of fields and data types: Eclipse Sparkplug 3.0.0, chapter 6.4
(https://sparkplug.eclipse.org/specification/). Only what is read here is described to the protobuf library; the rest
(data sets, templates, files) it passes over.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from devices.arrival import shown
from devices.dialects.dialect import Dialect, Tree
from devices.reasons import Reason
from devices.telemetry import MOST_READINGS
from events.errors import PayloadError

_COMPRESSED = b"SPBV1.0_COMPRESSED"
_BOOLEAN = 11
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""Data types Int8 to Int64, which travel as two's complement in fields without a sign."""

_KINDS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,  # of texts too: whether they are UTF-8 is judged here
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
}
_MESSAGES = {
    "Payload": "1 timestamp uint64, 2 metrics Metric*, 3 seq uint64, 4 uuid bytes",
    "Metric": "1 name bytes, 2 alias uint64, 3 timestamp uint64, 4 datatype uint32, 7 is_null bool,"
    " 9 properties Properties, 10 int_value uint32, 11 long_value uint64, 12 float_value float,"
    " 13 double_value double, 14 boolean_value bool, 15 string_value bytes, 16 bytes_value bytes,"
    " 17 dataset_value bytes, 18 template_value bytes, 19 extension_value bytes",
    "Properties": "1 keys bytes*, 2 values Property*",
    "Property": "8 string_value bytes",
}
"""Number, name and type of each field; a star where it may stand any number of times."""

_VALUES = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")
_NO_VALUES = ("bytes_value", "dataset_value", "template_value", "extension_value")


class _Wire(Protocol):
    """What is used of a protobuf message class."""

    def __call__(self, **fields: object) -> Any: ...

    FromString: Callable[[bytes], Any]


def _message_class() -> _Wire:
    file = FileDescriptorProto(name="pantau/sparkplug_b.proto", package="pantau.sparkplug_b", syntax="proto2")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for field in fields.split(", "):
            number, name, kind = field.split(" ")
            many, kind = kind.endswith("*"), kind.rstrip("*")
            made = described.field.add(name=name, number=int(number))
            made.label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
            made.type = _KINDS.get(kind, FieldDescriptorProto.TYPE_MESSAGE)
            if kind in _MESSAGES:
                made.type_name = f".{file.package}.{kind}"
    pool = DescriptorPool()
    pool.Add(file)
    made_class: _Wire = GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.Payload"))
    return made_class


WIRE = _message_class()

SPARKPLUG_B = Dialect(read=None, stored_and_forwarded=True)
"""`devices.dialects.sparkplug` reads it: a message alone does not say what its metrics are called."""


class Metric(NamedTuple):
    """One metric of a payload.

    Attributes:
        name: Its name, None where only the alias says which it is.
        alias: Number that its birth gave to the name.
        at_ms: When it was measured, epoch milliseconds.
        datatype: As numbered by Sparkplug, 0 where only its birth says it.
        unit: `engUnit` as the device writes it.
        value: As it travelled: integers without sign; None where it is null; a dict where it is no single value.
    """

    name: str | None
    alias: int | None
    at_ms: int | None
    datatype: int
    unit: str | None
    value: Tree

    def typed(self, born_as: int) -> Tree:
        """Return the value with its sign.

        Args:
            born_as: Data type that its birth named; it counts where the metric itself names none.
        """
        bits = _SIGNED_BITS.get(self.datatype or born_as)
        if bits is None or isinstance(self.value, bool) or not isinstance(self.value, int):
            return self.value
        low = self.value & ((1 << bits) - 1)
        return low - (1 << bits) if low >> (bits - 1) else low


class Payload(NamedTuple):
    """A payload.

    Attributes:
        at_ms: When it was sent, epoch milliseconds, None where it does not say.
        seq: Its number among all of its edge node, 0 to 255; None in a death of the node.
        metrics: In its order.
    """

    at_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]


def decode_payload(payload: bytes) -> Payload:
    """Understand a payload.

    Raises:
        PayloadError: `malformed` or `too_large`.
    """
    try:
        wire = WIRE.FromString(payload)
    except DecodeError as error:
        raise PayloadError(
            Reason.MALFORMED, "not the protocol buffers of Sparkplug B: publish them, or take another dialect"
        ) from error
    if wire.uuid == _COMPRESSED:
        raise PayloadError(Reason.MALFORMED, "the payload is compressed: switch compression off at the edge node")
    if len(wire.metrics) > MOST_READINGS:
        raise PayloadError(Reason.TOO_LARGE, f"{len(wire.metrics)} metrics in one message; at most {MOST_READINGS}")
    return Payload(
        at_ms=wire.timestamp if wire.HasField("timestamp") else None,
        seq=wire.seq if wire.HasField("seq") else None,
        metrics=tuple(_metrics(wire.metrics)),
    )


def rebirth_request(at_ms: int) -> bytes:
    """Return the payload by which an edge node is asked to introduce itself and its devices anew.

    Args:
        at_ms: Now, epoch milliseconds.
    """
    wire = WIRE(timestamp=at_ms)
    wire.metrics.add(name=b"Node Control/Rebirth", timestamp=at_ms, datatype=_BOOLEAN, boolean_value=True)
    request: bytes = wire.SerializeToString()
    return request


def _metrics(metrics: Iterable[Any]) -> Iterable[Metric]:
    for wire in metrics:
        yield Metric(
            name=_text(wire.name, "a metric's name") if wire.name else None,
            alias=wire.alias if wire.HasField("alias") else None,
            at_ms=wire.timestamp if wire.HasField("timestamp") else None,
            datatype=wire.datatype,
            unit=_unit(wire),
            value=_value(wire),
        )


def _value(wire: Any) -> Tree:
    if wire.is_null:
        return None
    for field in _VALUES:
        if wire.HasField(field):
            value: Tree = getattr(wire, field)
            return _text(value, "a metric's value") if isinstance(value, bytes) else value
    return {} if any(wire.HasField(field) for field in _NO_VALUES) else None


def _unit(wire: Any) -> str | None:
    if not wire.HasField("properties"):
        return None
    for key, value in zip(wire.properties.keys, wire.properties.values, strict=False):
        if key == b"engUnit" and value.HasField("string_value"):
            return _text(value.string_value, "engUnit")
    return None


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise PayloadError(Reason.MALFORMED, f"{what} is not UTF-8, which it must be: {shown(repr(raw))}") from error
