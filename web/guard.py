"""Keeps strangers' pages from using this server through the operator's browser.

There is no sign-in yet and the server listens on loopback only, so the browser on the same machine is the way in:
by DNS rebinding (a foreign name that resolves to 127.0.0.1) and by cross-site requests.
"""

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from web.problems import READING, ProblemError

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_OWN = frozenset({"same-origin", "none"})
_ASKED_FIRST = frozenset({"application/json", "application/pdf", "image/jpeg", "image/png", "text/csv"})
"""Bodies that no page sends to another origin without the browser asking that origin first."""


def is_loopback(authority: str) -> bool:
    """Tell whether a Host header (`name[:port]`, `[address]:port`) names this very machine."""
    try:
        parts = urlsplit(f"//{authority}")
        name = parts.hostname
        _ = parts.port  # raises where the port is no number
    except ValueError:
        return False
    if name is None or "@" in authority:
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@web.middleware
async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve loopback names only, and change nothing at another origin's wish."""
    if not is_loopback(request.headers.get("Host", "")):
        raise ProblemError(
            HTTPStatus.MISDIRECTED_REQUEST, "this server answers to 127.0.0.1 and localhost only; use that address"
        )
    if request.method not in READING:
        _check_origin(request)
        _check_body(request)
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every answer that has none of its own (an `on_response_prepare` signal)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _check_origin(request: web.Request) -> None:
    # Browsers send Sec-Fetch-Site to trustworthy origins, and Origin with every POST; other clients send neither.
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site is not None and site not in _OWN
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        foreign = True
    if foreign:
        raise ProblemError(HTTPStatus.FORBIDDEN, "commands are taken from Pantau's own pages only")


def _check_body(request: web.Request) -> None:
    # A form or a plain-text body can be sent across sites without the browser asking first; these cannot.
    if request.body_exists and request.content_type not in _ASKED_FIRST:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON with `Content-Type: application/json`, or no body at all"
        )
