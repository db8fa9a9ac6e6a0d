"""Offices and sites: who answers, and where things stand."""

from typing import Annotated

from pydantic import Field

from configs.model import Name, Section, Slug


class Office(Section):
    """An OPD (organisasi perangkat daerah) that produces data or answers alarms."""

    id: Annotated[Slug, Field(description="Identifier, unique among offices.", examples=["dlh"])]
    name: Annotated[Name, Field(description="Full name of the office.", examples=["Dinas Lingkungan Hidup"])]
    contact: Annotated[str | None, Field(description="Telephone or mail address of the duty officer.")] = None


class Position(Section):
    """WGS84 coordinates in decimal degrees."""

    lat: Annotated[float, Field(ge=-90, le=90, description="Latitude in degrees, south negative.", examples=[-6.7206])]
    lon: Annotated[float, Field(ge=-180, le=180, description="Longitude in degrees, east positive.", examples=[111.37])]


class Site(Section):
    """A place in the city where cameras or sensors stand."""

    id: Annotated[Slug, Field(description="Identifier, unique among sites.", examples=["alun-alun"])]
    name: Annotated[Name, Field(description="What people call the place.", examples=["Alun-alun"])]
    kecamatan: Annotated[
        str,
        Field(
            pattern=r"^\d{2}\.\d{2}\.\d{2}$",
            description="Kemendagri code of the kecamatan, dotted, as text.",
            examples=["33.17.10"],
        ),
    ]
    position: Annotated[
        Position,
        Field(description="Where it lies, WGS84 in decimal degrees.", examples=[{"lat": -6.7206, "lon": 111.3729}]),
    ]
    opd: Annotated[Slug | None, Field(description="Id of the office that answers for the place.")] = None
