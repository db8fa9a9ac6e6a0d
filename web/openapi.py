"""The description of the API (OpenAPI 3.1), made of the routes as they are served."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from web.asking import is_list, is_optional, parameters
from web.operations import Operation, operation_of
from web.problems import CONTENT_TYPE

PREFIX: Final = "/api/v1/"
VERSION: Final = "3.1.0"
_REFERENCE: Final = "#/components/schemas/{name}"
_PLACES: Final = {"path": "path", "query": "query", "headers": "header"}

_ABOUT: Final = (
    "Times are RFC 3339, units UCUM. Every refusal is a problem document (RFC 9457) that says what to write instead. "
    "A list of values in one parameter is split by commas. Lists that come in pages name the next one in `next`."
)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused, and what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


ALWAYS: Final = (HTTPStatus.MISDIRECTED_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE)
"""Problems that every address may answer: another host's name, and no database."""

WITH_BODY: Final = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
"""Problems of commands besides: another site's page, too much, no JSON."""


def describe(routes: Iterable[web.AbstractRoute], *, title: str, version: str) -> dict[str, Any]:
    """Return the description of every route below `/api/v1/`.

    Args:
        routes: The routes that are served.
        title: Name of the API.
        version: Version of Pantau.

    Raises:
        TypeError: a route was not made by `web.operations`, so nothing is known of it.
    """
    found = list(_operations(routes))
    types: dict[Any, None] = {Problem: None}
    for _, _, operation in found:
        types |= dict.fromkeys(_types(operation))
    made, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    schemas = dict(zip(types, made, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for path, method, operation in found:
        paths.setdefault(path, {})[method] = _operation(path, method, operation, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version, "description": _ABOUT, "license": {"name": "Apache-2.0"}},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(components.items()))},
    }


def require_described(routes: Iterable[web.AbstractRoute]) -> None:
    """Check that something is known of every route below `/api/v1/`, so that none is served in secret.

    Raises:
        TypeError: a route was not made by `web.operations`.
    """
    for _ in _operations(routes):
        pass


def _operations(routes: Iterable[web.AbstractRoute]) -> Iterable[tuple[str, str, Operation]]:
    for route in routes:
        path = "" if route.resource is None else route.resource.canonical
        if not path.startswith(PREFIX) or route.method == "HEAD":
            continue
        operation = operation_of(route.handler)
        if operation is None:
            raise TypeError(f"{route.method} {path} was not made by web.operations: nothing is known of it")
        yield path, route.method.lower(), operation


def _types(operation: Operation) -> Iterable[Any]:
    for kind, shape in operation.asked.items():
        if kind == "body":
            yield shape
        else:
            yield from (field.type for field in parameters(shape).values())
    for answer in operation.answers:
        for shapes in answer.media.values():
            yield from shapes or ()


def _operation(path: str, method: str, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _name(path, method),
        "tags": [operation.group],
        "summary": operation.summary.removesuffix("."),
        "responses": _responses(method, operation, schemas),
    }
    if operation.text:
        described["description"] = operation.text
    asked = [
        _parameter(name, _PLACES[kind], field, schemas)
        for kind, shape in operation.asked.items()
        if kind in _PLACES
        for name, field in parameters(shape).items()
    ]
    if asked:
        described["parameters"] = asked
    body = operation.asked.get("body")
    if body is not None:
        content = {"application/json": {"schema": schemas[body]}}
        described["requestBody"] = {"required": not is_optional(body), "content": content}
    if operation.takes:
        described["requestBody"] = {"required": True, "content": {media: {} for media in operation.takes}}
    return described


def _parameter(name: str, place: str, field: msgspec.structs.FieldInfo, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    schema = _given(schemas[field.type])
    if not field.required and field.default not in {msgspec.NODEFAULT, None}:
        schema["default"] = msgspec.to_builtins(field.default)
    described: dict[str, Any] = {"name": name, "in": place, "required": field.required, "schema": schema}
    text = schema.pop("description", None)
    if text is not None:
        described["description"] = text
    if place == "query" and is_list(field):
        described |= {"style": "form", "explode": False}
    return described


def _given(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that was given: what may be left out is not null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return dict(schema)
    return {**choices[0], **{key: value for key, value in schema.items() if key not in {"anyOf", "default"}}}


def _responses(method: str, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for answer in operation.answers:
        told = responses.setdefault(str(int(answer.status)), {"description": answer.status.phrase})
        for media, shapes in answer.media.items():
            told.setdefault("content", {})[media] = {"schema": _either([schemas[shape] for shape in shapes or ()])}
    refused = {*ALWAYS, *operation.refuses}
    if operation.asked:
        refused |= {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    if method != "get":
        refused |= {*WITH_BODY}
    for status in sorted(refused):
        content = {CONTENT_TYPE: {"schema": schemas[Problem]}}
        responses[str(int(status))] = {"description": status.phrase, "content": content}
    return responses


def _either(schemas: list[Any]) -> Any:
    # Bytes and text have no schema (OpenAPI 3.1, 4.8.14.2).
    if not schemas:
        return {}
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _name(path: str, method: str) -> str:
    parts = path.removeprefix(PREFIX).replace("{", "").replace("}", "").replace(".", "/").replace("-", "_").split("/")
    return "_".join([method, *parts])
