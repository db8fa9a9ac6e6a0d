"""The camera section of the site file: a fixed contract that other tools rely on."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, SecretStr, field_validator

from configs.model import (
    Contradiction,
    Seconds,
    Secret,
    Section,
    Share,
    Slug,
    TextPathBeside,
    mistaken,
    quoted,
    repeated,
)
from configs.outline import outline_fault

Point = Annotated[tuple[Share, Share], Field(description="(x, y) in shares of width and height, from the top left.")]

MEASURED_METRICS = ("pictures_per_s", "people_count", "coverage")
"""Series a camera delivers by itself, which threshold rules may judge; those of a zone are judged zone by zone."""

WITHOUT_EFFECT = ("detect_url", "live_url", "mask", "ptz", "homography", "gauge", "cadence")
"""Reserved keys of a camera that this release reads but does not act upon."""


class Crowding(Section):
    """Too many people in a zone, by count or by density."""

    count: Annotated[int | None, Field(ge=1, description="People from which it is a crowd.", examples=[8])] = None
    area_m2: Annotated[
        float | None, Field(gt=0, description="Ground area of the zone in square metres.", examples=[120])
    ] = None
    density_per_m2: Annotated[float | None, Field(gt=0, description="People per square metre.", examples=[3])] = None
    hold_s: Annotated[Seconds, Field(description="Seconds it must last before it begins, and be over.")] = 30.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a crowd is defined by count or by density, not by both or neither."""
        remedy = "write either count, or area_m2 together with density_per_m2"
        parts = [key for key in ("area_m2", "density_per_m2") if values.get(key) is not None]
        counted = values.get("count") is not None
        if len(parts) == 1:
            yield Contradiction(path=(parts[0],), problem=f"{parts[0]} stands alone", remedy=remedy)
        elif counted and parts:
            yield Contradiction(path=("count",), problem="a crowd is defined twice", remedy=remedy)
        elif not counted and not parts:
            yield Contradiction(path=(), problem="it does not say how many people are a crowd", remedy=remedy)

    @property
    def threshold_people(self) -> float:
        """People from which the zone is crowded, whichever way it was written."""
        if self.count is not None:
            return float(self.count)
        if self.area_m2 is None or self.density_per_m2 is None:
            raise ValueError("neither count nor density")
        return self.area_m2 * self.density_per_m2


class WastePile(Section):
    """Coverage of a zone against its clean reference."""

    coverage: Annotated[Share, Field(gt=0, description="Share of the zone covered from which it is a pile, 0..1.")] = (
        0.15
    )
    hold_s: Annotated[Seconds, Field(description="Seconds the coverage must last.")] = 600.0
    reference: Annotated[
        TextPathBeside | None,
        Field(description="Picture of the clean zone, path beside the site file; without one nothing is ever clean."),
    ] = None


class AbandonedObject(Section):
    """Something new that stays. Accepted; its detector is not built yet."""

    after_s: Annotated[Seconds, Field(description="Seconds it must have stayed.")] = 20.0


class Detect(Section):
    """Which detectors look at a zone; `waste_pile: {}` takes all defaults."""

    crowding: Annotated[Crowding | None, Field(description="Too many people.")] = None
    waste_pile: Annotated[WastePile | None, Field(description="A pile of waste.")] = None
    abandoned_object: Annotated[AbandonedObject | None, Field(description="Something left behind.")] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield a warning for what is accepted but not looked for yet."""
        if values.get("abandoned_object") is not None:
            yield Contradiction(
                path=("abandoned_object",),
                problem="this release accepts abandoned_object but does not look for it yet",
                remedy="leave it for a later release, or take it out",
                warning=True,
            )


class Zone(Section):
    """A named part of the picture."""

    id: Annotated[Slug, Field(description="Identifier, unique within the camera.", examples=["plaza"])]
    polygon: Annotated[
        tuple[Point, ...] | None,
        Field(min_length=3, description="Corners in shares of width and height; left out = the whole picture."),
    ] = None
    detect: Annotated[Detect, Field(description="Which detectors look at the zone.")] = Detect()

    @field_validator("polygon")
    @classmethod
    def _encloses_something(
        cls, polygon: tuple[tuple[float, float], ...] | None
    ) -> tuple[tuple[float, float], ...] | None:
        fault = outline_fault(polygon) if polygon is not None else None
        if fault is not None:
            raise mistaken(*fault)
        return polygon


class Camera(Section):
    """One camera."""

    id: Annotated[Slug, Field(description="Identifier, unique among cameras and sensors.", examples=["cam-alun-alun"])]
    name: Annotated[str, Field(min_length=1, description="What operators call it.", examples=["Alun-alun"])]
    site: Annotated[Slug, Field(description="Id of the site where it stands.", examples=["alun-alun"])]
    url: Annotated[
        Secret,
        Field(
            description="rtsp:// or rtsps:// address; write credentials as ${NAME}.",
            examples=["rtsp://${CAMERA_USER}:${CAMERA_PASSWORD}@192.0.2.10:554/stream1"],
        ),
    ]
    decode: Annotated[
        Literal["auto", "all", "keyframes"],
        Field(description="Which pictures are decoded: all, only keyframes (cheap), or as the detectors need."),
    ] = "auto"
    analyse_fps: Annotated[float, Field(gt=0, le=30, description="Pictures analysed a second, at most.")] = 5.0
    health: Annotated[bool, Field(description="Watch for a covered, frozen or dark camera.")] = True
    zones: Annotated[tuple[Zone, ...], Field(description="Parts of the picture that detectors look at.")] = ()

    # Reserved: accepted from the start so that site files written for later releases load here. Where a later
    # release settles the shape, any shape is accepted now.
    detect_url: Annotated[Secret | None, Field(description="Reserved: substream for analysis.")] = None
    live_url: Annotated[Secret | None, Field(description="Reserved: stream for people to watch.")] = None
    mask: Annotated[JsonValue, Field(description="Reserved: areas never looked at.")] = None
    ptz: Annotated[JsonValue, Field(description="Reserved: true where the camera moves by command.")] = False
    homography: Annotated[JsonValue, Field(description="Reserved: four picture points with metres.")] = None
    gauge: Annotated[JsonValue, Field(description="Reserved: two picture points with centimetres.")] = None
    cadence: Annotated[JsonValue, Field(description="Reserved: expected seconds between pictures.")] = None
    purpose: Annotated[str | None, Field(description="Why the camera stands there (UU 27/2022 art. 17).")] = None
    legal_basis: Annotated[str | None, Field(description="Legal basis of the processing.")] = None
    public: Annotated[bool, Field(description="Whether its pictures may be shown outside the control room.")] = False

    @field_validator("url", "detect_url", "live_url")
    @classmethod
    def _stream_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _is_stream_address(url.get_secret_value()):
            raise mistaken(
                "this is not the address of an RTSP stream",
                "write rtsp://host[:port]/path or rtsps://host[:port]/path; in user and password write"
                " @ as %40, : as %3A, / as %2F, # as %23",
            )
        return url

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield zones of the same id, and a warning for reserved keys that have no effect yet."""
        for position, first, zone in repeated(values, "zones"):
            yield Contradiction(
                path=("zones", position, "id"),
                problem=f"zones {first + 1} and {position + 1} of this camera are both called {quoted(zone)}",
                remedy="give each zone of a camera an id of its own",
            )
        for key in WITHOUT_EFFECT:
            if values.get(key) not in (None, False):
                yield Contradiction(
                    path=(key,),
                    problem=f"this release accepts {key} but does not act upon it yet",
                    remedy="leave it for a later release, or take it out",
                    warning=True,
                )


def _is_stream_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"rtsp", "rtsps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return False
