"""What a request asks, as typed values; what it cannot mean is said by name.

One type serves twice: requests are decoded by it, and the description of the API is made of it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeVar, get_origin

import msgspec
from aiohttp import web
from multidict import MultiMapping

from web.problems import ProblemError

T = TypeVar("T")

_PLACE: Final = re.compile(r"^(?P<what>.*?) - at `(?P<place>[^`]*)`$", re.DOTALL)


def query_of(request: web.Request, shape: type[T]) -> T:
    """Return the parameters of the address; several values of one stand split by commas.

    Raises:
        ProblemError: one is unknown, given twice, or not of its type.
    """
    fields = parameters(shape)
    given: dict[str, object] = {}
    for name in dict.fromkeys(request.query):
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: there is no such parameter here; known are: {known}")
        values = request.query.getall(name)
        if len(values) > 1:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: write it once; several values are split by commas")
        text = _plain(name, values[0])
        _refuse_disguised(name, text, fields[name])
        words = _words(fields[name].type)
        parts = [words.get(one.strip().casefold(), one.strip()) for one in text.split(",")]
        given[name] = parts if is_list(fields[name]) else words.get(text.casefold(), text)
    return _converted(given, shape)


def path_of(request: web.Request, shape: type[T]) -> T:
    """Return the variable parts of the address.

    Raises:
        ProblemError: one is not of its type.
    """
    return _converted({name: _plain(name, text) for name, text in request.match_info.items()}, shape)


def headers_of(request: web.Request, shape: type[T]) -> T:
    """Return the headers that the type names.

    Raises:
        ProblemError: one is not of its type.
    """
    headers: MultiMapping[str] = request.headers
    given = {name: _plain(name, headers[name]) for name in parameters(shape) if name in headers}
    return _converted(given, shape)


async def body_of(request: web.Request, shape: type[T]) -> T:
    """Return the body; where everything in it may be left out, so may the body.

    A type that is larger than other requests says so by a class variable `largest_bytes`.

    Raises:
        ProblemError: it is no JSON, or not of its type, or too large.
    """
    largest: int | None = getattr(shape, "largest_bytes", None)
    body = await (request.read() if largest is None else whole_body(request, largest))
    if not body and is_optional(shape):
        return shape()
    try:
        return _decoded(body, shape)
    except msgspec.ValidationError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{_like(shape)}: {_said(error, {}, shape)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{_like(shape)}: want JSON: {error}") from error


async def whole_body(request: web.Request, largest: int) -> bytes:
    """Read a body that may be larger than other requests'.

    Args:
        request: The request.
        largest: Most bytes it may have.

    Raises:
        ProblemError: it has more.
    """
    content = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        content += chunk
        if len(content) > largest:
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"this has at most {largest // 2**20} MB")
    return bytes(content)


def parameters(shape: type) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return the fields of a type by the names that requests use."""
    return _parameters(shape)


@cache
def _parameters(shape: Any) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(shape)}


def is_optional(shape: type) -> bool:
    """Tell whether nothing in it must be given."""
    return not any(field.required for field in parameters(shape).values())


def is_list(field: msgspec.structs.FieldInfo) -> bool:
    """Tell whether a parameter takes several values."""
    return any(get_origin(part) in {list, tuple} for part in _alternatives(field.type))


def _like(shape: type) -> str:
    return f"the body must be like {shape.__name__} of /api/v1/openapi.json"


def _decoded(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        # JSON knows one kind of number: 3.0 is 3 (RFC 8259, 6).
        try:
            return msgspec.convert(_whole(msgspec.json.decode(body)), shape, str_keys=True)
        except msgspec.ValidationError:
            raise error from None


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list) else value


@cache
def _words(kind: Any) -> Mapping[str, str]:
    """Return the words a parameter may be, by themselves without regard to case; empty where it is not one of few."""
    found: list[str] = []
    for one in _alternatives(kind):
        for part in _alternatives(one.__args__[0]) if get_origin(one) in {list, tuple} else (one,):
            if isinstance(part, type) and issubclass(part, StrEnum):
                found += [member.value for member in part]
            elif isinstance(part, str):
                found.append(part)
    return {word.casefold(): word for word in found}


def _alternatives(kind: Any) -> Iterable[Any]:
    """Yield the members of a union, however deep it stands under annotations."""
    kind = getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind
    members = getattr(kind, "__args__", ())
    if get_origin(kind) in {list, tuple} or not members:
        yield kind
        return
    for member in members:
        yield from _alternatives(member)


def _refuse_disguised(name: str, text: str, field: msgspec.structs.FieldInfo) -> None:
    """Refuse what lax decoding would let pass: null, and seconds since 1970 for a moment."""
    kinds = set(_alternatives(field.type))
    if str not in kinds and text.strip().casefold() == "null" and "null" not in _words(field.type):
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want a value; leave it out where there is none")
    if datetime in kinds and text[4:5] != "-":
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want a time like 2026-11-23T07:00:00+07:00")


def _plain(name: str, text: str) -> str:
    """Return a text that the database can take: it has neither NUL nor halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: want UTF-8") from error
    if "\0" in text:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: want text without NUL characters")
    return text


def _converted(given: Mapping[str, object], shape: type[T]) -> T:
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, _said(error, given, shape)) from error


def _said(error: msgspec.ValidationError, given: Mapping[str, object], shape: type) -> str:
    found = _PLACE.match(str(error))
    what = str(error) if found is None else found["what"]
    place = "" if found is None else found["place"].removeprefix("$").removeprefix(".")
    name = place.split("[", 1)[0]
    field = parameters(shape).get(name)
    words = {} if field is None else _words(field.type)
    if words:
        many = field is not None and is_list(field)
        wanted = f"want {'one or more' if many else 'one'} of {', '.join(words.values())}"
    elif "RFC3339" in what:
        wanted = "want a time like 2026-11-23T07:00:00+07:00"
        # An offset's + that was not encoded arrives as a space.
        wanted += "; write + as %2B in an address" if " " in str(given.get(name, "")) else ""
    else:
        wanted = what.replace("Expected", "want", 1).replace("Invalid UUID", "want a UUID")
    return f"{place}: {wanted}" if place else wanted
