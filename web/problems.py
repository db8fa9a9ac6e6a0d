"""Errors as RFC 9457 problem documents."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from events.errors import StorageError
from runtime.isolation import Fault, isolated
from web.wire import encode

log = structlog.get_logger(__name__)

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

CONTENT_TYPE = "application/problem+json"

_HINTS = {
    HTTPStatus.NOT_FOUND: "nothing lives at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address does not take that method",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the request is larger than this server takes",
}


class ProblemError(Exception):
    """A request that cannot be served, as the client will read it.

    Attributes:
        status: HTTP status.
        detail: One sentence that says what is wrong and what to do.
        extra: Extension members (RFC 9457 section 3.2).
    """

    def __init__(self, status: HTTPStatus, detail: str, *, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.extra = dict(extra or {})


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    instance: str,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a problem document of type `about:blank`, titled by its status (RFC 9457 section 4.2.1)."""
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        **(extra or {}),
    }
    return web.Response(
        body=encode(document),
        status=status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


@web.middleware
async def answer_with_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure of a handler into a problem document; a bug's own text stays in the log."""
    try:
        outcome = await _isolated(request, handler)
    except ProblemError as error:
        return problem(error.status, error.detail, instance=request.path, extra=error.extra)
    except StorageError as error:
        log.warning("a request found no database", path=request.path, error=error)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the database does not answer just now; try again in a few seconds",
            instance=request.path,
            headers={"Retry-After": "2"},
        )
    except web.HTTPException as error:
        return _from_aiohttp(error, request)
    if isinstance(outcome, Fault):
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Pantau made a mistake; the log of the web process has the details",
            instance=request.path,
        )
    return outcome


async def _isolated(request: web.Request, handler: Handler) -> web.StreamResponse | Fault:
    """Run the handler as a task of its own, so that a bug in it ends at the one boundary of isolation."""
    task = asyncio.ensure_future(handler(request))
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        # The client left. What it asked for is not worth a query any more; what it commanded is still done. A second
        # cancellation is the server's stop.
        if request.method not in READING:
            await asyncio.wait({task})
        raise
    finally:
        task.cancel()  # does nothing to a finished task; ends the handler of a client that left
    if not task.cancelled() and isinstance(task.exception(), ProblemError | StorageError | web.HTTPException):
        return task.result()
    return isolated("web_request", task.result)


def _from_aiohttp(error: web.HTTPException, request: web.Request) -> web.Response:
    status = HTTPStatus(error.status)
    detail = _HINTS.get(status, error.text or status.phrase)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return problem(status, detail, instance=request.path, headers=headers)
