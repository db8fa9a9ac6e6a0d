"""How long requests take, by route."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Histogram

REQUESTS = Histogram(
    "pantau_web_request_duration_seconds",
    "Time from a request to its answer, streams left out",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

_ENDLESS = "/api/v1/alarms/stream"


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Time a request. The label is the route's pattern, never the address asked for."""
    began_s = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = "unknown" if resource is None else resource.canonical
    if route != _ENDLESS:
        REQUESTS.labels(route, str(response.status)).observe(time.perf_counter() - began_s)
    return response
