"""The built pages: read once into memory at the start, a few hundred kilobytes at most."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from web.problems import ProblemError

DIST: Final = Path(__file__).parent / "pages" / "dist"
"""Where `make pages` builds them."""

_NOT_BUILT: Final = (
    "Halaman belum dibangun: jalankan `make pages`, lalu mulai Pantau lagi.\n"
    "The pages are not built: run `make pages`, then start Pantau again.\n"
    "API: /api/v1/alarms\n"
)

PAGES: Final = {"/": "index.html", "/gareng-mesem": "gareng-mesem.html", "/tata-kelola": "tata-kelola.html"}
"""Built pages by their address."""

_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    content_type: str


class PageRoutes:
    """Serves pages and `/assets/`; an API without pages says how to get them."""

    def __init__(self, dist: Path = DIST, pages: Mapping[str, str] = PAGES) -> None:
        self._pages = {address: _read(dist / name) for address, name in pages.items()}
        assets = dist / "assets"
        paths = sorted(assets.iterdir()) if assets.is_dir() else []
        self._assets = {path.name: file for path in paths if (file := _read(path)) is not None}

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [*(web.get(address, self.page) for address in self._pages), web.get("/assets/{name}", self.asset)]

    async def page(self, request: web.Request) -> web.Response:
        """Return a page."""
        file = self._pages[request.path]
        if file is None:
            return web.Response(text=_NOT_BUILT, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(file, "no-cache")

    async def asset(self, request: web.Request) -> web.Response:
        """Return a part of the page; names carry a hash of their content, so they may be kept for ever."""
        file = self._assets.get(request.match_info["name"])
        if file is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "the page has no such part; reload it")
        return _response(file, "public, max-age=31536000, immutable")


def _read(path: Path) -> _File | None:
    if not path.is_file() or path.suffix not in _TYPES:
        return None
    return _File(path.read_bytes(), _TYPES[path.suffix])


def _response(file: _File, cache_control: str) -> web.Response:
    charset = "utf-8" if file.content_type.startswith("text/") else None
    return web.Response(
        body=file.body, content_type=file.content_type, charset=charset, headers={"Cache-Control": cache_control}
    )
