"""A street corner where piles of waste may lie, and its detector, for the tests of what watches it."""

from collections.abc import Callable

from configs.detection import WastePile
from events.geometry import Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import heap, street, view
from vision.detector import Finding, Found, ReferenceStore, Region, Small
from vision.reference import FirstSettledReferences
from vision.waste import WastePileDetector

CORNER = Region(zone=ZoneId("corner"), polygon=Polygon.from_points([(0.3, 0.3), (0.7, 0.3), (0.7, 0.8), (0.3, 0.8)]))
SETTINGS = WastePile(coverage=0.15, hold_s=8)
CLEAN = street()
PILE = (110, 70, 70, 50)
"""x, y, width, height in the small picture: 30 % of the zone."""
PILED = heap(*PILE, CLEAN)

Show = Callable[[float], Small]


class References(FirstSettledReferences):
    """Holds references in memory, for a live camera unless said otherwise."""

    def __init__(self, clean: Small | None, *, adopts_first: bool = False) -> None:
        super().__init__()
        self._adopts = adopts_first
        if clean is not None:
            self.save(CORNER.zone, clean)

    @property
    def adopts_first(self) -> bool:
        return self._adopts


def made(references: ReferenceStore | None = None, **changes: object) -> WastePileDetector:
    return WastePileDetector(CORNER, SETTINGS.model_copy(update=changes), references or References(CLEAN))


def watched(
    detector: WastePileDetector,
    show: Show,
    *,
    until_s: float,
    from_s: float = 0.0,
    every_s: float = 0.5,
    found: Found | None = None,
) -> tuple[list[float], list[Finding]]:
    """Return coverage and finding (where there is one) of each picture."""
    coverages, findings = list[float](), list[Finding]()
    for i in range(int((until_s - from_s) / every_s)):
        t_s = from_s + i * every_s
        small = show(t_s)
        looking = detector.look(view(t_s, small, second=small, found=found))
        coverages += [m.value for m in looking.measurements if m.metric == "coverage.corner"]
        findings += looking.findings
    return coverages, findings
