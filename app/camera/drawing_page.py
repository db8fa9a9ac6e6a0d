"""The local page on which zones are drawn: for one person, one camera, one sitting."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from app.camera.sheet import Drawing, Sheet, detectors, drawing_of
from app.camera.site_text import section_text
from app.camera.still import Still, Stills
from events.errors import ConfigError, SourceError
from runtime.logs import without_credentials
from web import guard
from web.page import DIST, PageRoutes
from web.problems import ProblemError, answer_with_problems

HOST = "127.0.0.1"
LARGEST_REQUEST_BYTES = 256 * 1024
"""A drawing of hundreds of corners is some kilobytes."""
UNOPENED_S = 600.0
"""The page closes when nobody opened it for so long."""
SILENT_S = 120.0
"""An open page gives a sign of life every few seconds, once a minute when its tab is hidden; then its tab is closed."""
TOKEN_BYTES = 24
_WATCH_S = 0.5


class DrawingPage:
    """Serves the page on loopback, under an address nobody can guess."""

    def __init__(
        self, sheet: Sheet, stills: Stills, *, dist: Path = DIST, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Set up the page.

        Args:
            sheet: What is drawn.
            stills: Gives the picture to draw on.
            dist: Folder of the built pages.
            monotonic: The clock.
        """
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self._kept: Drawing = sheet.drawing()
        self.drawing: Drawing = self._kept
        self.saved = False
        self._sheet = sheet
        self._stills = stills
        self._pages = PageRoutes(dist, {f"/{self.token}/": "zones.html"})
        self._monotonic = monotonic
        self._still: Still | None = None
        self._number = 0
        self._heard_s: float | None = None
        self._began_s = monotonic()
        self._done = False
        self._camera = ThreadPoolExecutor(1, thread_name_prefix="camera-picture")

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(
            middlewares=[answer_with_problems, guard.refuse_strangers], client_max_size=LARGEST_REQUEST_BYTES
        )
        app.on_response_prepare.append(guard.add_headers)
        start = f"/{self.token}"
        app.add_routes(
            [
                *self._pages.table(),
                web.get(f"{start}/state", self._state),
                web.get(f"{start}/picture/{{number}}", self._picture),
                web.post(f"{start}/picture", self._another),
                web.post(f"{start}/check", self._check),
                web.post(f"{start}/save", self._save),
                web.post(f"{start}/alive", self._alive),
                web.post(f"{start}/done", self._finish),
            ]
        )
        return app

    @property
    def is_over(self) -> bool:
        """Whether the sitting has ended: by the person, or because nobody is there."""
        now_s = self._monotonic()
        if self._heard_s is None:
            return self._done or now_s - self._began_s > UNOPENED_S
        return self._done or now_s - self._heard_s > SILENT_S

    async def serve(self, on_ready: Callable[[str], None], *, port: int = 0) -> None:
        """Serve until the sitting is over.

        Args:
            on_ready: Told the address.
            port: Port on loopback; 0 takes any free one.

        Raises:
            ConfigError: the port is taken.
            SourceError: there is no picture to draw on.
        """
        await self._take()
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port)
            try:
                await site.start()
            except OSError as error:
                raise ConfigError(f"port {port} cannot be used ({error.strerror}); leave --port out") from error
            on_ready(f"http://{HOST}:{runner.addresses[0][1]}/{self.token}/")
            while not self.is_over:  # noqa: ASYNC110 - silence sends no event
                await asyncio.sleep(_WATCH_S)
        finally:
            await runner.cleanup()
            self._camera.shutdown(wait=False, cancel_futures=True)

    async def _take(self) -> None:
        self._still = await asyncio.get_running_loop().run_in_executor(self._camera, self._stills.take)
        self._number += 1

    async def _state(self, _request: web.Request) -> web.Response:
        self._heard_s = self._monotonic()
        return web.json_response(
            {
                "title": self._sheet.title,
                "place": self._sheet.place,
                "drawing": self.drawing,
                "kept": self._kept,
                "detectors": detectors(),
                **self._about_picture(),
            }
        )

    def _about_picture(self) -> dict[str, object]:
        if self._still is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no picture yet")
        return {
            "picture": f"picture/{self._number}",
            "width": self._still.width_px,
            "height": self._still.height_px,
        }

    async def _picture(self, _request: web.Request) -> web.Response:
        if self._still is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no picture yet")
        return web.Response(body=self._still.jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def _another(self, _request: web.Request) -> web.Response:
        try:
            await self._take()
        except SourceError as error:
            raise ProblemError(HTTPStatus.BAD_GATEWAY, without_credentials(str(error))) from error
        return web.json_response(self._about_picture())

    async def _check(self, request: web.Request) -> web.Response:
        self._heard_s = self._monotonic()
        self.drawing = await _drawing_in(request)
        self.saved = False
        return web.json_response(self._judged())

    async def _save(self, request: web.Request) -> web.Response:
        self._heard_s = self._monotonic()
        self.drawing = await _drawing_in(request)
        judged = self._judged()
        try:
            self._sheet.save(self.drawing)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), extra=judged) from error
        self.saved = True
        self._kept = self.drawing
        return web.json_response(judged)

    def _judged(self) -> dict[str, object]:
        mistakes = [
            {key: value for key, value in asdict(one).items() if key in {"path", "problem", "remedy", "warning"}}
            for one in self._sheet.mistakes(self.drawing)
        ]
        return {"yaml": section_text(self.drawing), "mistakes": mistakes}

    async def _alive(self, _request: web.Request) -> web.Response:
        self._heard_s = self._monotonic()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _finish(self, _request: web.Request) -> web.Response:
        self._done = True
        return web.Response(status=HTTPStatus.NO_CONTENT)


async def _drawing_in(request: web.Request) -> Drawing:
    try:
        values = await request.json()
    except json.JSONDecodeError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "this is not JSON") from error
    if not isinstance(values, dict):
        raise ProblemError(HTTPStatus.BAD_REQUEST, "a drawing is an object with the keys of a camera")
    return drawing_of(values)
