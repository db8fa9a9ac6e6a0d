"""Places as GeoJSON (RFC 7946): longitude before latitude, WGS84."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
from aiohttp import web

from web.wire import json_response

GEOJSON: Final = "application/geo+json"


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A place: longitude, latitude."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A thing with its place; null where nobody said where it is."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point | None
    properties: dict[str, Any]


class FeatureCollection(msgspec.Struct, frozen=True, kw_only=True):
    """Things with their places."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]


def geojson_response(items: Iterable[object]) -> web.Response:
    """Answer with things as features; each has `id`, `lat`, `lon`, and everything else becomes its properties."""
    features = []
    for item in items:
        said: dict[str, Any] = msgspec.to_builtins(item)
        lat, lon = said.pop("lat"), said.pop("lon")
        point = None if lat is None or lon is None else Point(coordinates=(lon, lat))
        features.append(Feature(id=said["id"], geometry=point, properties=said))
    return json_response(FeatureCollection(features=features), status=HTTPStatus.OK, content_type=GEOJSON)
