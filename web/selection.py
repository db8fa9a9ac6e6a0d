"""Which alarms a client wants, as it says in the address: `?priority=darurat,tinggi&kind=crowding&opd=bpbd`."""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec

from events.alarm import Priority, Selection
from events.ids import SiteId
from web.directory import Directory
from web.problems import ProblemError

Name = Annotated[str, msgspec.Meta(max_length=100)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=50)]
"""Ids and the like; together they fit an address."""
Priorities = Annotated[
    tuple[Literal["darurat", "tinggi", "sedang", "rendah"], ...], msgspec.Meta(min_length=1, max_length=20)
]


class SelectionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarms are wanted; all conditions must hold."""

    priority: Annotated[Priorities | None, msgspec.Meta(description="Priorities; default all.")] = None
    kind: Annotated[Names | None, msgspec.Meta(description="Kinds of rules, such as crowding.")] = None
    site: Annotated[Names | None, msgspec.Meta(description="Ids of sites.")] = None
    opd: Annotated[Names | None, msgspec.Meta(description="Ids of offices; each stands for its sites.")] = None


def selection(query: SelectionQuery, directory: Directory) -> Selection:
    """Return the selection of a request.

    An office stands for the sites it answers for; together with `site`, both must hold.

    Raises:
        ProblemError: an office has no site.
    """
    wanted = None if query.site is None else frozenset(SiteId(one) for one in query.site)
    if query.opd is not None:
        theirs = frozenset[SiteId]().union(*(_sites_of(office, directory) for office in query.opd))
        wanted = theirs if wanted is None else wanted & theirs
    priorities = None if query.priority is None else frozenset(Priority[name.upper()] for name in query.priority)
    return Selection(priorities=priorities, kinds=None if query.kind is None else frozenset(query.kind), sites=wanted)


def _sites_of(office: str, directory: Directory) -> frozenset[SiteId]:
    sites = directory.sites_of(office)
    if not sites:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"opd: no site of the site file has the office {office!r}")
    return sites
