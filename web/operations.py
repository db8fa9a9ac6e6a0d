"""What can be asked at which address: each route with the types its handler takes and gives.

A handler says by its annotations what it is given, by the name of the argument: `path`, `query`, `headers`, `body`,
each a msgspec Struct; and what it answers: a Struct becomes JSON. Whoever answers by a response of its own says of what
kind with `answers`. The description of the API (`web.openapi`) is made of the same annotations.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar, get_type_hints

from aiohttp import web

from web.asking import body_of, headers_of, path_of, query_of
from web.wire import json_response

Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)

JSON: Final = "application/json"
_KINDS: Final = ("path", "query", "headers", "body")
_ANSWERS: Final = "_pantau_answers"
_TAKES: Final = "_pantau_takes"
_OPERATION: Final = "_pantau_operation"


@dataclass(frozen=True, slots=True)
class Answer:
    """One kind of answer.

    Attributes:
        status: HTTP status.
        media: Types of its JSON, or None for bytes or text, by media type.
    """

    status: HTTPStatus
    media: Mapping[str, tuple[type, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A handler as the outside world knows it.

    Attributes:
        asked: Types by where they stand: path, query, headers, body.
        takes: Media types of the file that is its body, none where the body is JSON or nothing.
        answers: What it answers where all is well.
        refuses: Statuses of problems besides those that every address has.
        summary: One line.
        text: More than one line, empty where there is no more to say.
        group: Heading under which it stands.
    """

    asked: Mapping[str, type] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    answers: tuple[Answer, ...]
    refuses: tuple[HTTPStatus, ...] = ()
    summary: str
    text: str = ""
    group: str


def answers(
    shape: type | tuple[type, ...] | None = None, *, status: HTTPStatus = HTTPStatus.OK, media: str = JSON
) -> Callable[[H], H]:
    """Say what a handler answers that makes its response itself; several may stand on one handler.

    Args:
        shape: Type of the JSON, or several it may be; None for bytes or text.
        status: Its status.
        media: Its media type.
    """

    def mark(handler: H) -> H:
        shapes = shape if isinstance(shape, tuple | None) else (shape,)
        known: tuple[Answer, ...] = getattr(handler, _ANSWERS, ())
        setattr(handler, _ANSWERS, (Answer(status, {media: shapes}), *known))
        return handler

    return mark


def takes(*media: str) -> Callable[[H], H]:
    """Say that a handler's body is a file of one of some media types, which it reads itself."""

    def mark(handler: H) -> H:
        setattr(handler, _TAKES, media)
        return handler

    return mark


def get(path: str, handler: Handler, *refuses: HTTPStatus, group: str, head: bool = True) -> web.RouteDef:
    """Return the route of a reading handler that may refuse with some problems.

    Args:
        path: Its address.
        handler: Answers it.
        refuses: Problems that it answers besides those of every address.
        group: Heading in the description.
        head: Whether HEAD is answered too; not where the answer is long.
    """
    return web.get(path, _served(handler, refuses, group), allow_head=head)


def post(path: str, handler: Handler, *refuses: HTTPStatus, group: str) -> web.RouteDef:
    """Return the route of a handler that does something."""
    return web.post(path, _served(handler, refuses, group))


def patch(path: str, handler: Handler, *refuses: HTTPStatus, group: str) -> web.RouteDef:
    """Return the route of a handler that changes something."""
    return web.patch(path, _served(handler, refuses, group))


def put(path: str, handler: Handler, *refuses: HTTPStatus, group: str) -> web.RouteDef:
    """Return the route of a handler that keeps something in place of what was there."""
    return web.put(path, _served(handler, refuses, group))


def delete(path: str, handler: Handler, *refuses: HTTPStatus, group: str) -> web.RouteDef:
    """Return the route of a handler that ends something."""
    return web.delete(path, _served(handler, refuses, group))


def operation_of(handler: object) -> Operation | None:
    """Return what is known of a route's handler, None where it is not made by this module."""
    found = getattr(handler, _OPERATION, None)
    return found if isinstance(found, Operation) else None


def _served(handler: Handler, refuses: tuple[HTTPStatus, ...], group: str) -> Callable[[web.Request], Awaitable[Any]]:
    operation = _described(handler, refuses, group)
    asked = operation.asked
    status = operation.answers[0].status

    async def serve(request: web.Request) -> web.StreamResponse:
        given: dict[str, object] = {}
        if "path" in asked:
            given["path"] = path_of(request, asked["path"])
        if "query" in asked:
            given["query"] = query_of(request, asked["query"])
        if "headers" in asked:
            given["headers"] = headers_of(request, asked["headers"])
        if "body" in asked:
            given["body"] = await body_of(request, asked["body"])
        outcome = await handler(request, **given)
        return outcome if isinstance(outcome, web.StreamResponse) else json_response(outcome, status=status)

    setattr(serve, _OPERATION, operation)
    return serve


def _described(handler: Handler, refuses: tuple[HTTPStatus, ...], group: str) -> Operation:
    function = handler
    while isinstance(function, functools.partial):
        function = function.func
    hints = get_type_hints(function)
    given: tuple[Answer, ...] = getattr(function, _ANSWERS, ())
    if not given:
        shape = hints["return"]
        if issubclass(shape, web.StreamResponse):
            raise TypeError(f"{function.__qualname__} makes its own response: say of what kind with @answers")
        given = (Answer(HTTPStatus.OK, {JSON: (shape,)}),)
    summary, _, text = (inspect.getdoc(handler if function is handler else function) or "").partition("\n")
    return Operation(
        asked={kind: hints[kind] for kind in _KINDS if kind in hints},
        takes=getattr(function, _TAKES, ()),
        answers=given,
        refuses=refuses,
        summary=summary,
        text=text.strip(),
        group=group,
    )
