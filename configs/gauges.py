"""What fits together between a camera's gauge and the zones that ask for its level."""

import math
from collections.abc import Iterator, Mapping, Sequence

from configs.model import Contradiction, entries

APART_LEAST = 0.05
"""Share of the picture's height or width between the marks below which a level is no more than a guess: 9 pixels of
the small picture that detectors work on."""


def gauge_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield marks between which no level can be measured, and levels asked of a camera without a gauge.

    Args:
        values: A camera's keys, perhaps with other mistakes in them; those are passed over.
    """
    marks = [entry for _, entry in entries(values, "gauge")]
    if len(marks) == 2:  # noqa: PLR2004 - any other number is told by the model
        yield from _useless(marks)
    if values.get("gauge") is not None:
        return
    for position, zone in entries(values, "zones"):
        detect = zone.get("detect")
        settings = detect.get("water_level") if isinstance(detect, Mapping) else None
        if isinstance(settings, Mapping) and settings.get("level_cm") is not None:
            yield Contradiction(
                path=("zones", position, "detect", "water_level", "level_cm"),
                problem="a level in centimetres is asked for, but the camera has no gauge",
                remedy="draw one under gauge of this camera (two marks: at, cm), or leave level_cm out",
            )


def _useless(marks: Sequence[Mapping[str, object]]) -> Iterator[Contradiction]:
    one, other = (_place(mark.get("at")) for mark in marks)
    if one is not None and other is not None and math.dist(one, other) < APART_LEAST:
        yield Contradiction(
            path=("gauge", 1, "at"),
            problem="the two marks of the gauge lie at about the same place",
            remedy="choose two marks that are far apart in the picture, best below and above all levels that matter",
        )
    said = [mark.get("cm") for mark in marks]
    if all(isinstance(cm, int | float) for cm in said) and said[0] == said[1]:
        yield Contradiction(
            path=("gauge", 1, "cm"),
            problem="both marks of the gauge say the same",
            remedy="write what each of the two marks says, in centimetres",
        )


def _place(at: object) -> tuple[float, float] | None:
    if isinstance(at, Sequence) and len(at) == 2 and all(isinstance(share, int | float) for share in at):  # noqa: PLR2004
        return float(at[0]), float(at[1])
    return None
