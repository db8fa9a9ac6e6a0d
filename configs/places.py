"""Offices and sites: who answers, and where things stand."""

from typing import Annotated

from pydantic import Field

from configs.model import Section, Slug


class Office(Section):
    """An OPD (organisasi perangkat daerah) that produces data or answers alarms."""

    id: Slug
    name: Annotated[str, Field(min_length=1, description="Full name of the office.")]
    contact: Annotated[str | None, Field(description="Telephone or mail address of the duty officer.")] = None


class Position(Section):
    """WGS84 coordinates."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Site(Section):
    """A place in the city where cameras or sensors stand."""

    id: Slug
    name: Annotated[str, Field(min_length=1)]
    kecamatan: Annotated[
        str,
        Field(
            pattern=r"^\d{2}\.\d{2}\.\d{2}$",
            description="Kemendagri code of the kecamatan, dotted, as text: 33.17.10.",
        ),
    ]
    position: Position
    opd: Annotated[Slug | None, Field(description="Office that answers for the place.")] = None
