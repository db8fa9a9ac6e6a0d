"""Health routes, for supervisors, proxies and Prometheus."""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web

from configs.site import SiteFile
from events.errors import StorageError
from runtime import metrics
from runtime.clock import Clock
from web.ports import Lives
from web.presence import IngestState, data_age_s, hearing_limit_s, ingest_state, is_deaf
from web.problems import ProblemError
from web.wire import json_response

PATIENCE_S: Final = 2.0
"""How long readiness waits for the database before it calls it away."""


class HealthRoutes:
    """Serves `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, *, site: SiteFile, lives: Lives, clock: Clock) -> None:
        self._lives = lives
        self._clock = clock
        self._identity = site.broker.client_id
        self._hearing_limit_s = hearing_limit_s(site)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, _request: web.Request) -> web.Response:
        """Say that the process answers; nothing else is looked at."""
        return json_response({"alive": True})

    async def ready(self, _request: web.Request) -> web.Response:
        """Say whether what the pages show is to be believed; 503 with the reasons where it is not."""
        reasons = await self._reasons()
        if reasons:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "; ".join(reasons), extra={"reasons": reasons})
        return json_response({"ready": True})

    async def metrics(self, _request: web.Request) -> web.Response:
        """Return the metrics of every process of this machine."""
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _reasons(self) -> list[str]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                hearing = await self._lives.hearing()
                takers = await self._lives.takers(self._identity)
        except (StorageError, TimeoutError):
            return ["the database does not answer"]
        now = self._clock()
        if not is_deaf(hearing, now, self._hearing_limit_s):
            return []
        age_s = data_age_s(hearing, now)
        heard = "nothing has been heard yet" if age_s is None else f"nothing has been heard for {age_s:.0f} s"
        return [f"{heard}: {_WHY[ingest_state(takers, deaf=True)]}"]


_WHY: Final = {
    IngestState.ABSENT: "no ingest process holds the lease; is it running, and does it reach the database?",
    IngestState.FROZEN: "the ingest process that holds the lease has stopped speaking to the database",
    IngestState.DEAF: "the ingest process works; does it reach the broker, or is it working off a backlog?",
}
