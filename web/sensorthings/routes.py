"""Serves `/sensorthings/v1.1`. Every address below it is one route: its paths are no patterns of segments."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

from events.sensorthings import MODELS, Kind, Names, Page, QuestionError, TooLongError
from web.problems import ProblemError, problem
from web.sensorthings.conformance import REQUIREMENTS
from web.sensorthings.encoding import Encoder, value_of
from web.sensorthings.options import Asked, asked, result_format
from web.sensorthings.ports import SensorThings
from web.sensorthings.refusals import malformed, missing
from web.sensorthings.ways import Way, way_of
from web.wire import encode, json_response

ROOT: Final = "/sensorthings/v1.1"
ALLOWED: Final = "GET, HEAD, OPTIONS"

_FORMAT: Final = "$resultFormat"


class SensorThingsRoutes:
    """Serves entities, for reading.

    Args:
        things: Finds them.
        metrics: What people call metrics.
    """

    def __init__(self, things: SensorThings, metrics: Mapping[str, str]) -> None:
        self._things = things
        self._metrics = metrics
        self._encoders = ThreadPoolExecutor(1, "web-sensorthings")

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        served = [web.get(path, self.answer) for path in (ROOT, ROOT + "/{way:.*}")]
        others = [web.route(hdrs.METH_ANY, path, self.refuse) for path in (ROOT, ROOT + "/{way:.*}")]
        return [*served, *others]

    async def close(self) -> None:
        """Let the thread that writes answers go."""
        self._encoders.shutdown(wait=False, cancel_futures=True)

    async def refuse(self, request: web.Request) -> web.Response:
        """Say that this is for reading."""
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": ALLOWED})
        return problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "SensorThings is for reading here; devices publish by MQTT, as docs/devices.md says",
            instance=request.path,
            headers={"Allow": ALLOWED},
        )

    async def answer(self, request: web.Request) -> web.Response:
        """Return what an address leads to."""
        root = f"{request.url.origin()}{ROOT}"
        path = request.rel_url.raw_path.removeprefix(ROOT).strip("/")
        if not path:
            if request.query:
                raise malformed(f"{next(iter(request.query))}: the root takes no options")
            return json_response(_service(root))
        way = way_of(path)
        options = [(name, text) for name, text in request.query.items() if name != _FORMAT]
        formats = request.query.getall(_FORMAT, [])
        if way.property is not None:
            if options or formats:
                raise malformed("a property takes no options")
            options = [("$select", way.property)]
        question = asked(options, way.kind, single=way.single)
        if formats and (way.single or way.refs or len(formats) > 1):
            raise malformed("$resultFormat: write it once, of a set of Observations")
        as_table = result_format(formats[0] if formats else None, way.kind, question)
        page = await self._found(way, question, root)
        if way.property is not None:
            return _property(page, way)
        return await self._told(root, way, question, page, as_table=as_table)

    async def _found(self, way: Way, question: Asked, root: str) -> Page:
        try:
            page = await self._things.find(way.steps, question.ask, Names(root=root, metrics=self._metrics))
        except QuestionError as error:
            raise malformed(str(error)) from error
        except TooLongError as error:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
        if page is None:
            raise missing("there is no such entity")
        return page

    async def _told(self, root: str, way: Way, question: Asked, page: Page, *, as_table: bool) -> web.Response:
        encoder = Encoder(root)
        address = _address(encoder, root, way)
        if as_table:
            question = replace(question, options={**question.options, _FORMAT: "dataArray"})

        def tell() -> bytes:
            if way.single:
                (entity,) = page.items
                if way.refs:
                    return encode({"@iot.selfLink": encoder.address(way.kind, entity.id)})
                return encode(encoder.entity(entity, question))
            write = encoder.table if as_table else encoder.refs if way.refs else encoder.page
            return encode(write(page, question, address))

        # A page of a thousand entities with what stands inside takes long enough to keep the alarm stream waiting.
        body = await asyncio.get_running_loop().run_in_executor(self._encoders, tell)
        return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _service(root: str) -> dict[str, Any]:
    return {
        "value": [{"name": kind.value, "url": f"{root}/{kind}"} for kind in Kind],
        "serverSettings": {"conformance": list(REQUIREMENTS)},
    }


def _address(encoder: Encoder, root: str, way: Way) -> str:
    """Return the address of a set as the way to it names it."""
    text, kind = root, None
    for step in way.steps:
        kind = Kind(step.name) if kind is None else MODELS[kind].links[step.name].target
        if step.id is None:
            text += f"/{step.name}"
        else:
            text += f"/{step.name}{encoder.address(kind, step.id).removeprefix(f'{root}/{kind}')}"
    return text + ("/$ref" if way.refs else "")


def _property(page: Page, way: Way) -> web.Response:
    name = str(way.property)
    (entity,) = page.items
    value = value_of(entity.values[name], MODELS[way.kind].properties[name])
    if value is None:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    if not way.raw:
        return json_response({name: value})
    text = value if isinstance(value, str) else encode(value).decode()
    return web.Response(text=text, content_type="text/plain", headers={"Cache-Control": "no-store"})
