"""Which pictures of a camera are decoded: all of them, or keyframes where they come often enough."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Literal

Wish = Literal["auto", "all", "keyframes"]

REMEMBERED = 5
"""Distances between keyframes that are judged together: with smart codecs they change with what happens."""
TOLERANCE = 1.1
"""A camera set to two seconds sends its keyframes now and then a little late."""
MISSED = 2.0
"""Over a long time a single distance may be so many times too long: one keyframe was lost."""
REPEATED_S = 0.5
"""Keyframes of the same time within so long are one; later than that, the stream's clock stands still."""
BURST_S = 10.0
"""What came while a stream was being opened, or while the network paused, arrives at once; after this long without a
picture the stream is opened anew."""


class Reason(StrEnum):
    """Why a mode was chosen; a metric label."""

    CONFIGURED = "configured"
    MEASURING = "measuring"
    OFTEN_ENOUGH = "keyframes_often_enough"
    TOO_RARE = "keyframes_too_rare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a camera is decoded just now.

    Attributes:
        keyframes_only: Whether keyframes alone are decoded.
        reason: Why.
    """

    keyframes_only: bool
    reason: Reason

    @property
    def mode(self) -> str:
        """`keyframes` or `all`."""
        return "keyframes" if self.keyframes_only else "all"


def suits(usual_s: float, longest_s: float, accepted_s: float) -> bool:
    """Tell whether keyframes alone suffice, by figures over a long time.

    Args:
        usual_s: Usual distance between them in seconds.
        longest_s: The longest.
        accepted_s: Longest time between pictures with which all the camera's detectors are content.
    """
    return usual_s <= TOLERANCE * accepted_s and longest_s <= MISSED * TOLERANCE * accepted_s


class Chooser:
    """Measures how far a stream's keyframes lie apart and chooses by it.

    `auto` begins with keyframes, which costs least while nothing is known, and decides at the second one whose time is
    known. It turns to full decoding when two of the last five distances are longer than the detectors accept, so that a
    single hiccup of the network does not make a hundred cameras dear at once, and back when none is.
    """

    def __init__(self, wish: Wish, longest_gap_s: float) -> None:
        """Choose for one camera.

        Args:
            wish: The camera's `decode`.
            longest_gap_s: Longest time between pictures with which all its detectors are content.
        """
        self._wish = wish
        self._limit_s = TOLERANCE * longest_gap_s
        self._distances_s: deque[float] = deque(maxlen=REMEMBERED)
        self._arrived_s: float | None = None
        self._media_s: float | None = None
        self._chosen = Choice(
            keyframes_only=wish != "all", reason=Reason.MEASURING if wish == "auto" else Reason.CONFIGURED
        )

    @property
    def choice(self) -> Choice:
        """What holds from the next keyframe on."""
        return self._chosen

    @property
    def gop_s(self) -> float | None:
        """Usual distance between keyframes (the group of pictures), None before two came."""
        return median(self._distances_s) if self._distances_s else None

    def restart(self) -> None:
        """Forget when the last keyframe came: the stream was opened anew."""
        self._arrived_s = self._media_s = None

    def keyframe(self, arrived_s: float, media_s: float | None) -> Choice:
        """Take in a keyframe and return the choice.

        Args:
            arrived_s: When it arrived, on a clock that only runs forward.
            media_s: Its time on the stream's own clock, which may jump; None where it has none.
        """
        if self._is_same(arrived_s, media_s):
            return self._chosen
        # Some servers send the first packet without a time, and late: how far it lay from the second is not known.
        untimed = self._media_s is None and media_s is not None
        if self._arrived_s is not None and not untimed:
            self._distances_s.append(self._distance_s(arrived_s - self._arrived_s, media_s))
            if self._wish == "auto":
                self._chosen = self._judged()
        self._arrived_s, self._media_s = arrived_s, media_s
        return self._chosen

    def _is_same(self, arrived_s: float, media_s: float | None) -> bool:
        """Tell whether this is the keyframe that came just before: some servers send the first one several times."""
        if self._arrived_s is None or media_s is None:
            return False
        return media_s == self._media_s and arrived_s - self._arrived_s < REPEATED_S

    def _distance_s(self, arrived_s: float, media_s: float | None) -> float:
        """Return how far apart two keyframes lie by their own clock, unless it stood still, went back or jumped ahead.

        Their own clock is not disturbed by what delays arrivals: a pause of the network and the burst after it, or
        the burst of what came while the stream was opened.
        """
        if media_s is None or self._media_s is None:
            return arrived_s
        passed_s = media_s - self._media_s
        return passed_s if 0.0 < passed_s <= arrived_s + BURST_S else arrived_s

    def _judged(self) -> Choice:
        long = sum(distance_s > self._limit_s for distance_s in self._distances_s)
        doubtful = 1 if self._chosen.reason is Reason.OFTEN_ENOUGH else 0
        if long > doubtful:
            return Choice(keyframes_only=False, reason=Reason.TOO_RARE)
        return Choice(keyframes_only=True, reason=Reason.OFTEN_ENOUGH)
