"""All routes of the waste programme, and what they need."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from configs.site import SiteFile
from runtime.clock import Clock
from web.ports import Papers, Pictures
from web.waste.figures import FigureRoutes
from web.waste.incidents import IncidentRoutes
from web.waste.loads import LoadRoutes
from web.waste.ports import FigureDesk, IncidentDesk, IncidentStep


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteDesks:
    """What is behind the routes.

    Attributes:
        incidents: Keeps incidents.
        figures: Reads figures and keeps loads.
        steps: What people may do with an incident, by the word that ends its address.
        papers: Where people's pictures lie.
    """

    incidents: IncidentDesk
    figures: FigureDesk
    steps: Mapping[str, IncidentStep]
    papers: Papers


def waste_routes(site: SiteFile, desks: WasteDesks | None, *, evidence: Pictures, clock: Clock) -> list[web.RouteDef]:
    """Return the routes; none where there is nothing behind them."""
    if desks is None:
        return []
    return [
        *IncidentRoutes(
            desk=desks.incidents,
            steps=desks.steps,
            papers=desks.papers,
            evidence=evidence,
            operator=site.web.operator,
            supervisor=site.web.supervisor,
            clock=clock,
        ).table(),
        *LoadRoutes(site=site, desk=desks.figures, clock=clock).table(),
        *FigureRoutes(site=site, desk=desks.figures, clock=clock).table(),
    ]
