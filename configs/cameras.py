"""The camera section of the site file: a fixed contract that other tools rely on."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, SecretStr, field_validator

from configs.detection import Detect
from configs.gauges import gauge_contradictions
from configs.model import (
    Contradiction,
    Secret,
    Section,
    Share,
    Slug,
    mistaken,
    quoted,
    repeated,
)
from configs.outline import outline_fault

Point = Annotated[tuple[Share, Share], Field(description="(x, y) in shares of width and height, from the top left.")]

WITHOUT_EFFECT = ("detect_url", "live_url", "mask", "homography", "people", "cadence")
"""Reserved keys of a camera that this release reads but does not act upon."""


class GroundPoint(Section):
    """A place on the ground: where it is seen, and where it lies."""

    at: Annotated[Point, Field(description="Where it is seen.")]
    metres: Annotated[
        tuple[float, float], Field(description="Where it lies: metres east and north of any corner you like.")
    ]


class GaugeMark(Section):
    """A mark of a water gauge."""

    at: Annotated[Point, Field(description="Where it is seen.")]
    cm: Annotated[float, Field(description="What it says, in centimetres.")]


class PersonMark(Section):
    """Somebody standing on the ground, marked once so that distances are understood."""

    head: Annotated[Point, Field(description="Top of the head.")]
    feet: Annotated[Point, Field(description="Where the feet stand.")]


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
    health: Annotated[bool, Field(description="Watch for a covered, moved, frozen or dark camera.")] = True
    ptz: Annotated[
        bool,
        Field(description="The camera moves by command: its zones are judged only while it looks at its preset."),
    ] = False
    zones: Annotated[tuple[Zone, ...], Field(description="Parts of the picture that detectors look at.")] = ()

    gauge: Annotated[
        tuple[GaugeMark, ...] | None,
        Field(
            min_length=2,
            max_length=2,
            description="Two marks of a water gauge, far apart: where each is seen and what it says (water_level).",
        ),
    ] = None

    # Reserved: accepted from the start so that site files written for later releases load here. Where a later
    # release settles the shape, any shape is accepted now.
    detect_url: Annotated[Secret | None, Field(description="Reserved: substream for analysis.")] = None
    live_url: Annotated[Secret | None, Field(description="Reserved: stream for people to watch.")] = None
    mask: Annotated[
        tuple[tuple[Point, ...], ...], Field(description="Reserved: areas never looked at, a polygon each.")
    ] = ()
    homography: Annotated[
        tuple[GroundPoint, ...] | None,
        Field(min_length=4, max_length=4, description="Reserved: four places on the ground, no three on one line."),
    ] = None
    people: Annotated[
        tuple[PersonMark, ...], Field(max_length=2, description="Reserved: one near and one far person.")
    ] = ()
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
        """Yield zones of the same id, gauges that measure nothing, and a warning for reserved keys that have no effect yet."""
        for position, first, zone in repeated(values, "zones"):
            yield Contradiction(
                path=("zones", position, "id"),
                problem=f"zones {first + 1} and {position + 1} of this camera are both called {quoted(zone)}",
                remedy="give each zone of a camera an id of its own",
            )
        yield from gauge_contradictions(values)
        if values.get("ptz") is True and values.get("health") is False:
            yield Contradiction(
                path=("health",),
                problem="a camera that moves by command is not watched: nobody would see where it looks",
                remedy="take health: false out, or ptz: true where the camera never moves",
            )
        for key in WITHOUT_EFFECT:
            if values.get(key) not in (None, False, (), []):
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
