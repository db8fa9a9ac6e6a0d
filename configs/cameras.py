"""The camera section of the site file: a fixed contract that other tools rely on."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from configs.detection import Detect
from configs.model import (
    Contradiction,
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

Point = Annotated[tuple[Share, Share], Field(description="(x, y) in shares of width and height, from the top left.")]


def _encloses_something(polygon: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    fault = outline_fault(polygon)
    if fault is not None:
        raise mistaken(*fault)
    return polygon


Outline = Annotated[tuple[Point, ...], Field(min_length=3), AfterValidator(_encloses_something)]
"""Corners of a polygon that encloses something."""

WITHOUT_EFFECT = ("live_url", "ptz", "homography", "gauge", "people")
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
        Outline | None,
        Field(description="Corners in shares of width and height; left out = the whole picture."),
    ] = None
    detect: Annotated[Detect, Field(description="Which detectors look at the zone.")] = Detect()


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
    health: Annotated[bool, Field(description="Watch for a covered, frozen or dark camera.")] = True
    mask: Annotated[
        tuple[Outline, ...],
        Field(description="Areas never looked at nor shown, a polygon each: a neighbour's windows, a swaying tree."),
    ] = ()
    zones: Annotated[tuple[Zone, ...], Field(description="Parts of the picture that detectors look at.")] = ()

    # Reserved: accepted from the start so that site files written for later releases load here. Where a later
    # release settles the shape, any shape is accepted now.
    live_url: Annotated[Secret | None, Field(description="Reserved: stream for people to watch.")] = None
    ptz: Annotated[bool, Field(description="Reserved: true where the camera moves by command.")] = False
    homography: Annotated[
        tuple[GroundPoint, ...] | None,
        Field(min_length=4, max_length=4, description="Reserved: four places on the ground, no three on one line."),
    ] = None
    gauge: Annotated[
        tuple[GaugeMark, ...] | None, Field(min_length=2, max_length=2, description="Reserved: two marks of a gauge.")
    ] = None
    people: Annotated[
        tuple[PersonMark, ...], Field(max_length=2, description="Reserved: one near and one far person.")
    ] = ()
    purpose: Annotated[str | None, Field(description="Why the camera stands there (UU 27/2022 art. 17).")] = None
    legal_basis: Annotated[str | None, Field(description="Legal basis of the processing.")] = None
    public: Annotated[bool, Field(description="Whether its pictures may be shown outside the control room.")] = False

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
