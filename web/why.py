"""Route of an alarm's one timeline: why it came, and when what happened."""

from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from aiohttp import web

from configs.rules import MetricRule
from configs.site import SiteFile
from events.trace import Moment
from web.commands import AlarmPath
from web.operations import get
from web.ports import Tell, Traces
from web.problems import ProblemError


class MomentItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `clock` says whose time it is, `after_s` how long after the line before."""

    at: datetime
    clock: str
    what: str
    text: str
    after_s: float | None


class WhyItem(msgspec.Struct, frozen=True, kw_only=True):
    """The timeline of an alarm."""

    alarm: str
    title: str
    state: str
    rule: str
    items: list[MomentItem]


class WhyRoutes:
    """Serves `/api/v1/alarms/{id}/why`."""

    def __init__(self, *, site: SiteFile, traces: Traces, tell: Tell) -> None:
        self._traces = traces
        self._tell = tell
        self._metrics = {rule.id: rule.metric for rule in site.rules if isinstance(rule, MetricRule)}

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [get("/api/v1/alarms/{id}/why", self.why, HTTPStatus.NOT_FOUND, group="Alarms")]

    async def why(self, _request: web.Request, path: AlarmPath) -> WhyItem:
        """Return how an alarm came to be and what happened to it, in order of time."""
        trace = await self._traces.trace(path.id, self._metrics)
        if trace is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        alarm = trace.records[-1].change.alarm
        items = [moment_item(one) for one in self._tell(trace)]
        return WhyItem(alarm=str(alarm.id), title=alarm.title, state=alarm.state, rule=alarm.key.rule, items=items)


def moment_item(one: Moment) -> MomentItem:
    """Return a line of the timeline as the API shows it."""
    return MomentItem(at=one.at.astimezone(UTC), clock=one.clock, what=one.what, text=one.text, after_s=one.after_s)
