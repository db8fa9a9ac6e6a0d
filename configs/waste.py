"""The waste programme (Gareng Mesem): its sites, bins, targets, and what it reports by."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from configs.model import Contradiction, KeyPath, Section, Slug, entries, mistaken, quoted, repeated
from configs.named import ids_of, reference
from configs.places import Position


class WasteSiteKind(StrEnum):
    """What a waste site is for."""

    TPS = "tps"
    TPS_3R = "tps_3r"
    TPST = "tpst"
    TPA = "tpa"
    BANK_SAMPAH = "bank_sampah"
    HOT_SPOT = "hot_spot"


class WasteSite(Section):
    """A place of the waste programme."""

    id: Annotated[Slug, Field(description="Identifier, unique among waste sites.", examples=["tps-pasar"])]
    name: Annotated[str, Field(min_length=1, description="What people call it.", examples=["TPS Pasar"])]
    kind: Annotated[
        WasteSiteKind,
        Field(
            description="tps = holding point before haulage, tps_3r = sorting and reuse by the community, tpst = "
            "integrated processing site, tpa = final processing site, bank_sampah = buys sorted waste, hot_spot = "
            "where waste is dumped although nobody may."
        ),
    ]
    site: Annotated[
        Slug | None, Field(description="Id of the place it lies at; left out = kecamatan and position say where.")
    ] = None
    kecamatan: Annotated[
        str | None,
        Field(
            pattern=r"^\d{2}\.\d{2}\.\d{2}$", description="Kemendagri code of the kecamatan; left out = the place's."
        ),
    ] = None
    position: Annotated[Position | None, Field(description="Where it lies; left out = where the place does.")] = None
    opd: Annotated[Slug | None, Field(description="Id of the office that answers for it; left out = the place's.")] = (
        None
    )
    camera: Annotated[Slug | None, Field(description="Id of the camera that watches it.")] = None
    zone: Annotated[
        Slug | None, Field(description="The camera's zone with `waste_pile`; left out = every such zone of it.")
    ] = None
    weighbridge: Annotated[
        Slug | None, Field(description="Id of the sensor that reports loads (`weighbridge_load` events) over MQTT.")
    ] = None
    manager: Annotated[str | None, Field(min_length=1, description="Who runs it (pengelola).")] = None
    operation: Annotated[
        str | None, Field(min_length=1, description="How it is run (sistem operasional): sanitary, controlled, ...")
    ] = None
    capacity_m3: Annotated[float | None, Field(gt=0, description="What it can hold, in cubic metres.")] = None
    opening_hours: Annotated[str | None, Field(min_length=1, description="When it is open.")] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield a place that is missing, and a zone without a camera."""
        if values.get("site") is None and (values.get("kecamatan") is None or values.get("position") is None):
            yield Contradiction(
                path=("site",),
                problem="nothing says where it lies",
                remedy="write site, or kecamatan and position",
            )
        if values.get("zone") is not None and values.get("camera") is None:
            yield Contradiction(
                path=("zone",), problem="there is a zone and no camera", remedy="write camera too, or remove zone"
            )


class Bin(Section):
    """A container whose fill a sensor measures."""

    id: Annotated[Slug, Field(description="Identifier, unique among bins.", examples=["kontainer-pasar"])]
    site: Annotated[Slug, Field(description="Id of the waste site it stands at.")]
    sensor: Annotated[Slug, Field(description="Id of the sensor in it.")]
    metric: Annotated[Slug, Field(description="Its metric that says how full it is, in %.")] = "fill"
    volume_m3: Annotated[
        float, Field(gt=0, description="What it holds, in cubic metres; a TPS container holds about 5 to 6.")
    ] = 6.0
    full_at: Annotated[float, Field(gt=0, le=100, description="Fill in % from which it counts as full.")] = 80.0


class Targets(Section):
    """How long an incident's steps may take, counted from its detection; demo values: no national limit is known."""

    accept_min: Annotated[float, Field(gt=0, description="Minutes until somebody has verified it.")] = 30.0
    dispatch_h: Annotated[float, Field(gt=0, description="Hours until a crew is on its way.")] = 4.0
    clear_h: Annotated[float, Field(gt=0, description="Hours until it is cleared.")] = 24.0


class Generation(Section):
    """How much waste people make, estimated; left out = not reported."""

    population: Annotated[int, Field(gt=0, description="Inhabitants.", examples=[665_501])]
    kg_per_person_day: Annotated[
        float,
        Field(gt=0, le=5, description="Kilograms a person and day; SNI 19-3983-1995: 0.35 to 0.40 by households."),
    ] = 0.4
    basis: Annotated[str, Field(min_length=1, description="Where these figures come from; told with every figure.")]


class Composition(Section):
    """What waste consists of, in % of its mass, by SIPSN's columns; together 100."""

    food: Annotated[float, Field(ge=0, le=100, description="Sisa makanan.")] = 0.0
    wood: Annotated[float, Field(ge=0, le=100, description="Kayu, ranting, daun.")] = 0.0
    paper: Annotated[float, Field(ge=0, le=100, description="Kertas, karton.")] = 0.0
    plastic: Annotated[float, Field(ge=0, le=100, description="Plastik.")] = 0.0
    metal: Annotated[float, Field(ge=0, le=100, description="Logam.")] = 0.0
    cloth: Annotated[float, Field(ge=0, le=100, description="Kain.")] = 0.0
    other: Annotated[float, Field(ge=0, le=100, description="Lainnya.")] = 0.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(self.model_dump().values()) - 100) > 0.1:  # noqa: PLR2004 - what rounding to one digit leaves
            raise mistaken("the shares do not make 100 %", "write what is missing as other")
        return self


class Waste(Section):
    """The waste programme."""

    sites: Annotated[tuple[WasteSite, ...], Field(description="TPS, TPS 3R, TPST, TPA, bank sampah, hot spots.")] = ()
    bins: Annotated[tuple[Bin, ...], Field(description="Containers with a fill sensor.")] = ()
    targets: Annotated[Targets, Field(description="How long the steps of an incident may take.")] = Targets()
    confirm_min: Annotated[
        float,
        Field(
            gt=0, description="Minutes for which the camera must see a clean zone after the claim, where it saw no end."
        ),
    ] = 5.0
    recheck_min: Annotated[
        float,
        Field(gt=0, description="Minutes after a claim from which a pile that is still seen reopens the incident."),
    ] = 15.0
    repeat_days: Annotated[
        int, Field(ge=1, le=366, description="Days within which another pile makes a repeat spot.")
    ] = 30
    repeat_within_m: Annotated[
        float, Field(ge=0, le=5_000, description="Metres within which piles without a common camera zone are one spot.")
    ] = 50.0
    density_t_m3: Annotated[
        float, Field(gt=0, le=2, description="Tonnes a cubic metre of loose waste; SNI 19-3983-1995 gives about 0.16.")
    ] = 0.16
    province: Annotated[str | None, Field(min_length=1, description="Name in SIPSN's column provinsi.")] = None
    regency: Annotated[
        str | None, Field(min_length=1, description="Name in SIPSN's column kabupaten/kota; left out = the city's.")
    ] = None
    generation: Annotated[Generation | None, Field(description="How much waste is made; left out = not reported.")] = (
        None
    )
    composition: Annotated[Composition | None, Field(description="Of what; left out = not reported.")] = None


def waste_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield ids used twice, and places, offices, cameras, zones, sensors and sites that are not there.

    Args:
        values: The site file's keys, perhaps with other mistakes in them; those are passed over.
    """
    waste = values.get("waste")
    if not isinstance(waste, Mapping):
        return
    for key in ("sites", "bins"):
        for position, first, identifier in repeated(waste, key):
            yield Contradiction(
                path=("waste", key, position, "id"),
                problem=f"entries {first + 1} and {position + 1} of {key} both have the id {quoted(identifier)}",
                remedy="give each an id of its own",
            )
    yield from _sites(values, waste)
    yield from _bins(values, waste)


def _sites(values: Mapping[str, object], waste: Mapping[str, object]) -> Iterator[Contradiction]:
    places, offices, sensors = (ids_of(values, key) for key in ("sites", "offices", "sensors"))
    zones = {str(camera.get("id")): _pile_zones(camera) for _, camera in entries(values, "cameras")}
    watched: dict[tuple[object, object], int] = {}
    weighed: dict[object, int] = {}
    for position, site in entries(waste, "sites"):
        at: KeyPath = ("waste", "sites", position)
        yield from reference((*at, "site"), site.get("site"), "sites", places)
        yield from reference((*at, "opd"), site.get("opd"), "offices", offices)
        yield from reference((*at, "weighbridge"), site.get("weighbridge"), "sensors", sensors)
        camera, zone, bridge = (site.get(key) for key in ("camera", "zone", "weighbridge"))
        yield from reference((*at, "camera"), camera, "cameras", list(zones))
        if isinstance(camera, str) and camera in zones:
            yield from reference((*at, "zone"), zone, f"the zones of {camera} with waste_pile", zones[camera])
        if camera is not None and watched.setdefault((camera, zone), position) != position:
            yield _twice((*at, "zone"), "the camera's zone", watched[camera, zone])
        if bridge is not None and weighed.setdefault(bridge, position) != position:
            yield _twice((*at, "weighbridge"), "the weighbridge", weighed[bridge])


def _bins(values: Mapping[str, object], waste: Mapping[str, object]) -> Iterator[Contradiction]:
    metrics = {str(sensor.get("id")): sensor.get("metrics") for _, sensor in entries(values, "sensors")}
    for position, one in entries(waste, "bins"):
        at: KeyPath = ("waste", "bins", position)
        yield from reference((*at, "site"), one.get("site"), "the sites of waste", ids_of(waste, "sites"))
        sensor = one.get("sensor")
        yield from reference((*at, "sensor"), sensor, "sensors", list(metrics))
        known = metrics.get(sensor) if isinstance(sensor, str) else None
        metric = one.get("metric", "fill")
        if not isinstance(known, Mapping):
            continue
        yield from reference((*at, "metric"), metric, f"the metrics of {sensor}", [str(name) for name in known])
        quantity = known.get(metric) if isinstance(metric, str) else None
        unit = quantity.get("unit") if isinstance(quantity, Mapping) else None
        if isinstance(unit, str) and unit != "%":
            yield Contradiction(
                path=(*at, "metric"),
                problem=f"{quoted(metric)} of {sensor} is measured in {quoted(unit)}, and a fill is in %",
                remedy='name a metric with the unit "%"',
            )


def _pile_zones(camera: Mapping[str, object]) -> list[str]:
    found = []
    for _, zone in entries(camera, "zones"):
        detect = zone.get("detect")
        if isinstance(detect, Mapping) and detect.get("waste_pile") is not None:
            found.append(str(zone.get("id")))
    return found


def _twice(path: KeyPath, what: str, first: int) -> Contradiction:
    return Contradiction(
        path=path, problem=f"{what} belongs to entry {first + 1} already", remedy="name it at one of them"
    )
