"""What each zone and detector of a camera can and cannot detect, from what a trial measured."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.camera.decoding import advise
from app.camera.figures import Figures
from app.camera.record import Record
from app.camera.scale import Scale
from configs.cameras import Camera, Zone
from events.geometry import Polygon
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX
from vision.gaps import accepted_gap_s

Verdict = Literal["good", "limited", "cannot"]

PERSON_NETWORK_SHARE = 0.12
"""Share of the picture's height a person must fill to be found in one look (docs/vision.md, People and crowding)."""
PERSON_CLOSER_SHARE = 0.03
"""The same for the closest look at a part of the picture: a quarter of its height."""
PERSON_MOVING_SHARE = 8 / SMALL_HEIGHT_PX
"""Movement smaller than this is not taken for a person."""
LEFT_OBJECT_PX = 12
"""Side of the smallest thing that is found reliably, in pixels of the picture detectors see (320 across)."""
WASTE_SPECK_PX = 12
"""Area of the smallest change that counts as waste, in the same pixels."""
ZONE_LEAST_PX = 400
"""A zone smaller than this, in the same pixels, is judged by too little."""
FACE_PX_PER_M = 125.0
"""From so many pixels a metre on, people who are known can be recognised (IEC 62676-4)."""
NOISY = 6.0
"""Standard deviation of noise, in grey levels, from which small dark things drown in it."""
SMOOTHED = 0.3
"""No sensor is so quiet: an encoder of low bit rate leaves a still scene exactly as it was."""
SHAKE_SHARE = 0.008
"""Movement of the picture within a second, in shares of its width, that detectors no longer bear: about 2.5 of the
320 pixels they see."""
GAUGE_ROW_CM = 5.0
"""Centimetres in one row of the picture detectors see, from which a gauge is read too coarsely for a warning level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """What one detector can do where it is asked to look.

    Attributes:
        zone: Id of the zone, None for the whole camera.
        detector: Name of the detector.
        verdict: Whether it will do.
        says: Sentences: what it can and cannot, and what to do.
    """

    zone: str | None
    detector: str
    verdict: Verdict
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a trial found out.

    Attributes:
        camera: The camera's settings.
        figures: Its stream.
        record: Its pictures.
        scale: How large things look, None where that is not known.
        width_px: Width of its picture.
        height_px: Height of it.
    """

    camera: Camera
    figures: Figures
    record: Record
    scale: Scale | None
    width_px: int
    height_px: int


Sentence = tuple[Verdict, str]

UNKNOWN_SCALE = (
    "how large people look is not known: mark a near and a far person, or four places on the ground, with"
    " `pantau camera zones`"
)


def abilities(conditions: Conditions) -> list[Ability]:
    """Return what every detector of a camera can and cannot do, the camera's own health first."""
    judged = [_judged(None, "health", _health(conditions))] if conditions.camera.health else []
    for zone in conditions.camera.zones:
        for name in type(zone.detect).model_fields:
            if getattr(zone.detect, name) is not None:
                judge = _JUDGES.get(name, _any_detector)
                judged.append(_judged(zone.id, name, judge(zone, conditions)))
    return judged


def _judged(zone: str | None, detector: str, sentences: Iterator[Sentence]) -> Ability:
    order: tuple[Verdict, ...] = ("good", "limited", "cannot")
    told = list(sentences)
    worst = max((order.index(verdict) for verdict, _ in told), default=0)
    return Ability(zone=zone, detector=detector, verdict=order[worst], says=tuple(text for _, text in told))


def _health(conditions: Conditions) -> Iterator[Sentence]:
    steady, most = conditions.record.shake_px()
    bearable_px = SHAKE_SHARE * conditions.width_px
    moved = f"the picture moves by {steady:.1f} px from second to second, {most:.1f} px at the most"
    if steady > bearable_px:
        yield "limited", f"{moved}; more than {bearable_px:.0f} px disturb every detector: fix the pole or the bracket"
    else:
        yield "good", f"{moved}, which detectors bear (up to {bearable_px:.0f} px)"
    day, night = conditions.record.light()
    if night.share > 0:
        noise = "" if night.noise is None else f", noise {night.noise:.1f} grey levels"
        verdict: Verdict = "limited" if night.noise is not None and night.noise > NOISY else "good"
        more = "; add light, or small dark things are not seen" if verdict == "limited" else ""
        yield (
            verdict,
            f"it is dark {100 * night.share:.0f} % of the time: brightness {night.brightness:.0f} of 255{noise}{more}",
        )
    else:
        yield "limited", "the trial saw no night: repeat it over one, or judge the light there by yourself"
    if day.noise is not None:
        smoothed = ", so the encoder smooths it away" if day.noise < SMOOTHED else ""
        yield "good", f"by day noise is {day.noise:.1f} grey levels{smoothed}"
    if conditions.figures.gaps:
        yield (
            "limited",
            f"the stream paused {conditions.figures.gaps} times, for up to {conditions.figures.longest_gap_s:.1f} s",
        )


def _crowding(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    scale = conditions.scale
    if scale is None:
        yield "limited", UNKNOWN_SCALE
    else:
        far_y, near_y = _rows(zone)
        far, near = scale.person_share(far_y), scale.person_share(near_y)
        px = conditions.height_px
        sizes = f"people look {far * px:.0f} px tall at the far edge and {near * px:.0f} px at the near one"
        if far >= PERSON_NETWORK_SHARE:
            yield "good", f"{sizes}: the people network sees everybody in one look"
        elif near >= PERSON_NETWORK_SHARE:
            yield (
                "limited",
                (
                    f"{sizes}: beyond row {_row_of(scale, PERSON_NETWORK_SHARE):.2f} they are too small for one look of"
                    " the network, which then looks closer part by part, and counts some of them by movement"
                ),
            )
        elif near >= PERSON_MOVING_SHARE:
            yield "limited", f"{sizes}: too small for one look of the network; counted part by part and by movement"
        else:
            yield "cannot", f"{sizes}: too small to be counted at all; zoom in, or choose a nearer camera"
        if far < PERSON_CLOSER_SHARE <= near:
            yield "limited", f"beyond row {_row_of(scale, PERSON_CLOSER_SHARE):.2f} nobody is found by the network"
        yield from _recognisable(zone, scale)
    settings = zone.detect.crowding
    if settings is not None:
        people = settings.threshold_people(conditions.camera.area_m2(zone))
        yield (
            "good",
            f"a crowd from {people:.0f} people is told after {_delay(settings.hold_s, conditions)}",
        )
    yield from _delayed(conditions)


def _recognisable(zone: Zone, scale: Scale) -> Iterator[Sentence]:
    x, y = _near_place(zone)
    px_per_m = scale.px_per_m(x, y)
    if px_per_m >= FACE_PX_PER_M:
        yield "good", f"{px_per_m:.0f} px/m at the near edge: faces could be recognised, so evidence is pixelated"
    else:
        yield "good", f"{px_per_m:.0f} px/m at the near edge: too little to recognise people ({FACE_PX_PER_M:.0f} px/m)"


def _waste_pile(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    yield from _zone_size(zone)
    settings = zone.detect.waste_pile
    if settings is None:
        return
    area_m2 = None if conditions.scale is None else conditions.scale.area_m2(_outline(zone))
    share = f"{100 * settings.coverage:.0f} % of the zone"
    if area_m2 is None:
        yield "good", f"a pile begins at {share}"
    else:
        yield "good", f"a pile begins at {share}, about {settings.coverage * area_m2:.1f} of {area_m2:.0f} m²"
    side_px = math.sqrt(WASTE_SPECK_PX) * conditions.width_px / SMALL_WIDTH_PX
    yield "good", f"things smaller than about {side_px:.0f} px ({_cm(zone, conditions, side_px)}) do not count"
    if settings.reference is None:
        yield (
            "limited",
            "it has no clean reference picture: take one while the zone is clean (reference, or clean-now)",
        )
    yield "good", f"it is told after {_delay(settings.hold_s, conditions)}"
    yield from _delayed(conditions)


def _abandoned_object(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    side_px = LEFT_OBJECT_PX * conditions.width_px / SMALL_WIDTH_PX
    yield "good", f"things from about {side_px:.0f} px across ({_cm(zone, conditions, side_px)}) are found"
    settings = zone.detect.abandoned_object
    if settings is not None:
        yield "good", f"one is told after {_delay(settings.after_s, conditions)}"
    _, night = conditions.record.light()
    if night.noise is not None and night.noise > NOISY:
        yield "limited", f"at night noise of {night.noise:.1f} grey levels hides small dark things"
    yield from _delayed(conditions)


def _water_level(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    gauge = conditions.camera.gauge
    if gauge is None:
        yield (
            "limited",
            "no gauge is marked: it tells rising water by the flooded share of the zone, without centimetres",
        )
    else:
        (x1, y1), (x2, y2) = gauge[0].at, gauge[1].at
        long_px = math.hypot((x2 - x1) * conditions.width_px, (y2 - y1) * conditions.height_px)
        span_cm = abs(gauge[1].cm - gauge[0].cm)
        row_cm = span_cm / max(abs(y2 - y1) * SMALL_HEIGHT_PX, 1e-6)
        text = (
            f"a centimetre of the gauge is {long_px / max(span_cm, 1e-6):.2f} px; one row of the picture detectors see"
            f" is {row_cm:.1f} cm, so levels are told to about that"
        )
        yield ("good", text) if row_cm <= GAUGE_ROW_CM else ("limited", f"{text}: zoom in for less")
    yield from _zone_size(zone)
    settings = zone.detect.water_level
    if settings is not None:
        yield "good", f"it is told after {_delay(settings.hold_s, conditions)}"
    yield from _delayed(conditions)


def _green_cover(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    colour = conditions.record.colour_share()
    if colour > 0:
        yield "good", f"the camera showed colours {100 * colour:.0f} % of the time"
    else:
        yield "cannot", "the camera showed no colours in this trial; vegetation is told by colour alone, so try by day"
    yield from _zone_size(zone)


def _any_detector(zone: Zone, conditions: Conditions) -> Iterator[Sentence]:
    yield from _zone_size(zone)
    yield from _delayed(conditions)


_JUDGES: dict[str, Callable[[Zone, Conditions], Iterator[Sentence]]] = {
    "crowding": _crowding,
    "waste_pile": _waste_pile,
    "abandoned_object": _abandoned_object,
    "water_level": _water_level,
    "green_cover": _green_cover,
}


def _zone_size(zone: Zone) -> Iterator[Sentence]:
    area_px = _area(zone) * SMALL_WIDTH_PX * SMALL_HEIGHT_PX
    if area_px < ZONE_LEAST_PX:
        yield (
            "limited",
            (
                f"the zone covers only {100 * _area(zone):.1f} % of the picture ({area_px:.0f} of the pixels detectors"
                " see): draw it larger, or zoom in"
            ),
        )


def _delayed(conditions: Conditions) -> Iterator[Sentence]:
    advice = advise(conditions.figures, accepted_gap_s(conditions.camera))
    if conditions.camera.decode != "all" and advice.mode == "all" and conditions.camera.decode == "keyframes":
        yield "limited", f"`decode: keyframes` does not suit this stream: {advice.reason}"


def _delay(hold_s: float, conditions: Conditions) -> str:
    """Return how long after its beginning something is told, with the wait for the next keyframe."""
    gop_s = conditions.figures.gop_longest_s
    keyframes = (
        conditions.camera.decode == "keyframes"
        or advise(conditions.figures, accepted_gap_s(conditions.camera)).mode == "keyframes"
    )
    if conditions.camera.decode == "all" or not keyframes:
        return f"{hold_s:.0f} s"
    return f"{hold_s:.0f} s, and up to {gop_s:.0f} s more with keyframes alone"


def _cm(zone: Zone, conditions: Conditions, px: float) -> str:
    """Return what so many pixels are on the ground at the near and the far edge."""
    if conditions.scale is None:
        return "in centimetres not known without marks"
    far_y, near_y = _rows(zone)
    sizes = [
        100 * px / per_m if (per_m := conditions.scale.px_per_m(0.5, row)) > 0 else math.inf for row in (near_y, far_y)
    ]
    near, far = (f"{size:.0f} cm" if math.isfinite(size) else "no size" for size in sizes)
    return f"{near} near, {far} far"


def _outline(zone: Zone) -> tuple[tuple[float, float], ...]:
    return zone.polygon or ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def _area(zone: Zone) -> float:
    return Polygon(_outline(zone)).area


def _rows(zone: Zone) -> tuple[float, float]:
    """Return the far and the near row of a zone."""
    rows = [y for _, y in _outline(zone)]
    return min(rows), max(rows)


def _near_place(zone: Zone) -> tuple[float, float]:
    return max(_outline(zone), key=lambda corner: corner[1])


def _row_of(scale: Scale, share: float) -> float:
    """Return the row of feet where people look so tall."""
    return scale.horizon + share / scale.growth
