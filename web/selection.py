"""Which alarms a client wants, as it says in the address: `?priority=darurat,tinggi&kind=crowding&opd=bpbd`."""

from http import HTTPStatus

from aiohttp import web

from events.alarm import Priority, Selection
from events.ids import SiteId
from web.directory import Directory
from web.problems import ProblemError


def selection(request: web.Request, directory: Directory) -> Selection:
    """Return the selection of a request; several values of one parameter stand split by commas.

    An office stands for the sites it answers for; together with `site`, both must hold.

    Raises:
        ProblemError: a priority does not exist, or an office has no site.
    """
    sites = _values(request, "site")
    wanted = None if sites is None else frozenset(SiteId(one) for one in sites)
    offices = _values(request, "opd")
    if offices is not None:
        theirs = frozenset[SiteId]().union(*(_sites_of(office, directory) for office in offices))
        wanted = theirs if wanted is None else wanted & theirs
    return Selection(priorities=_priorities(request), kinds=_values(request, "kind"), sites=wanted)


def _sites_of(office: str, directory: Directory) -> frozenset[SiteId]:
    sites = directory.sites_of(office)
    if not sites:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"opd: no site of the site file has the office {office!r}")
    return sites


def _priorities(request: web.Request) -> frozenset[Priority] | None:
    names = _values(request, "priority")
    if names is None:
        return None
    try:
        return frozenset(Priority[name.upper()] for name in names)
    except KeyError as error:
        known = ", ".join(priority.name.lower() for priority in Priority)
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"priority: want one or more of {known}, split by commas") from error


def _values(request: web.Request, name: str) -> frozenset[str] | None:
    text = request.query.get(name)
    return None if text is None else frozenset(part.strip() for part in text.split(",") if part.strip())
