"""The camera section of the site file: a fixed contract that other tools rely on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from configs.crowds import crowd_contradictions, pair
from configs.detection import Detect
from configs.gauges import gauge_contradictions
from configs.model import (
    Contradiction,
    Name,
    Seconds,
    Secret,
    Section,
    Share,
    Slug,
    mistaken,
    quoted,
    repeated,
)
from configs.outline import outline_fault
from events.geometry import Polygon
from events.ground import Ground, GroundError

Point = Annotated[tuple[Share, Share], Field(description="(x, y) in shares of width and height, from the top left.")]


def _encloses_something(polygon: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    fault = outline_fault(polygon)
    if fault is not None:
        raise mistaken(*fault)
    return polygon


Outline = Annotated[tuple[Point, ...], Field(min_length=3), AfterValidator(_encloses_something)]
"""Corners of a polygon that encloses something."""

WITHOUT_EFFECT = ("live_url",)
"""Reserved keys of a camera that this release reads but does not act upon."""


SMALLEST_PERSON = 0.02
"""Share of the picture's height below which somebody is too small to be marked by hand."""
LEAST_APART = 0.05
"""Share of the picture's height by which the feet of two marked people must lie apart to say something."""
STEEPEST = 1.8
"""Growth of a person's height over the way of the feet down the picture; from two on no camera sees it so."""


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

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield somebody who stands on the head, or is too small to measure by."""
        head, feet = pair(values.get("head")), pair(values.get("feet"))
        if head is not None and feet is not None and feet[1] - head[1] < SMALLEST_PERSON:
            yield Contradiction(
                path=(),
                problem="head and feet are exchanged, or too close together to measure by",
                remedy=f"mark an upright person at least {SMALLEST_PERSON:.0%} of the picture tall, head above feet",
            )


class Zone(Section):
    """A named part of the picture."""

    id: Annotated[Slug, Field(description="Identifier, unique within the camera.", examples=["plaza"])]
    polygon: Annotated[
        Outline | None,
        Field(description="Corners in shares of width and height; left out = the whole picture."),
    ] = None
    detect: Annotated[Detect, Field(description="Which detectors look at the zone.")] = Detect()


class Camera(Section):
    """One camera."""

    id: Annotated[Slug, Field(description="Identifier, unique among cameras and sensors.", examples=["cam-alun-alun"])]
    name: Annotated[Name, Field(description="What operators call it.", examples=["Alun-alun"])]
    site: Annotated[Slug, Field(description="Id of the site where it stands.", examples=["alun-alun"])]
    url: Annotated[
        Secret,
        Field(
            description="rtsp:// or rtsps:// address; write credentials as ${NAME}.",
            examples=["rtsp://${CAMERA_USER}:${CAMERA_PASSWORD}@192.0.2.10:554/stream1"],
        ),
    ]
    detect_url: Annotated[
        Secret | None,
        Field(description="Address of the camera's smaller stream: analysis and evidence use it instead of url."),
    ] = None
    decode: Annotated[
        Literal["auto", "all", "keyframes"],
        Field(description="Which pictures are decoded: all, only keyframes (cheap), or as the detectors need."),
    ] = "auto"
    analyse_fps: Annotated[float, Field(gt=0, le=30, description="Pictures analysed a second, at most.")] = 5.0
    cadence: Annotated[
        Seconds | None,
        Field(gt=0, le=86_400, description="Seconds between pictures of a camera that sends few; below it no silence."),
    ] = None
    health: Annotated[bool, Field(description="Watch for a covered, moved, frozen or dark camera.")] = True
    ptz: Annotated[
        bool,
        Field(description="The camera moves by command: its zones are judged only while it looks at its preset."),
    ] = False
    mask: Annotated[
        tuple[Outline, ...],
        Field(description="Areas never looked at nor shown, a polygon each: a neighbour's windows, a swaying tree."),
    ] = ()
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
    live_url: Annotated[Secret | None, Field(description="Reserved: stream for people to watch.")] = None
    homography: Annotated[
        tuple[GroundPoint, ...] | None,
        Field(
            min_length=4,
            max_length=4,
            description="Four places on the ground, no three on one line: zones then have an area in square metres.",
        ),
    ] = None
    people: Annotated[
        tuple[PersonMark, ...],
        Field(max_length=2, description="One near and one far person: how tall people look where."),
    ] = ()
    purpose: Annotated[str | None, Field(description="Why the camera stands there (UU 27/2022 art. 17).")] = None
    legal_basis: Annotated[str | None, Field(description="Legal basis of the processing.")] = None
    public: Annotated[
        bool,
        Field(
            description="Whether its pictures may be shown outside the control room; every office may then read "
            "what it counts."
        ),
    ] = False

    @property
    def analysed_url(self) -> SecretStr:
        """Address of the stream that is looked at."""
        return self.detect_url or self.url

    def report_interval_s(self, report_s: float) -> float:
        """Return the seconds expected between its measurements, which come no more often than its pictures.

        Args:
            report_s: Seconds between the measurements of an ordinary camera (`vision.report_s`).
        """
        return max(report_s, self.cadence or 0.0)

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

    @field_validator("homography")
    @classmethod
    def _lies_flat(cls, marks: tuple[GroundPoint, ...] | None) -> tuple[GroundPoint, ...] | None:
        if marks is not None:
            try:
                ground_of(marks)
            except GroundError as error:
                raise mistaken(
                    str(error), "mark four corners of something flat and wide, such as a paved field"
                ) from None
        return marks

    @field_validator("people")
    @classmethod
    def _near_and_far(cls, marks: tuple[PersonMark, ...]) -> tuple[PersonMark, ...]:
        if len(marks) > 1:
            far, near = sorted(marks, key=lambda mark: mark.feet[1])
            taller = (near.feet[1] - near.head[1]) - (far.feet[1] - far.head[1])
            apart = near.feet[1] - far.feet[1]
            if apart < LEAST_APART or not 0 < taller < STEEPEST * apart:
                raise mistaken(
                    "the two people do not show how people shrink with distance",
                    f"mark one whose feet stand at least {LEAST_APART:.0%} of the picture lower, and who looks taller",
                )
        return marks

    @property
    def ground(self) -> Ground | None:
        """The ground its homography marks."""
        return None if self.homography is None else ground_of(self.homography)

    def area_m2(self, zone: Zone) -> float | None:
        """Return a zone's ground area: as written under `crowding`, else by the homography; None where neither says."""
        written = None if zone.detect.crowding is None else zone.detect.crowding.area_m2
        if written is not None or self.ground is None:
            return written
        outline = Polygon.whole_picture() if zone.polygon is None else Polygon.from_points(zone.polygon)
        try:
            return self.ground.area_m2(outline)
        except GroundError:  # it reaches above the horizon, which the check of the file has told
            return None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield zones of the same id, crowds and gauges that measure nothing, and a warning for keys without effect."""
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
        yield from crowd_contradictions(values)
        for key in WITHOUT_EFFECT:
            if values.get(key) not in (None, False, (), []):
                yield Contradiction(
                    path=(key,),
                    problem=f"this release accepts {key} but does not act upon it yet",
                    remedy="leave it for a later release, or take it out",
                    warning=True,
                )


def ground_of(marks: Sequence[GroundPoint]) -> Ground:
    """Return the ground through four marks.

    Raises:
        GroundError: they fix none.
    """
    return Ground([mark.at for mark in marks], [mark.metres for mark in marks])


def _is_stream_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"rtsp", "rtsps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is never closed
        return False
