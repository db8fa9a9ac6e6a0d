"""What was put down and lies there: widened by what comes up beside it, ended when it is gone."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from events.observation import Attr
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask
from vision.lasting import LastingChange
from vision.newcomer import Piece, Pixels, near

GONE_SHARE = 0.3
GONE_S = 10.0
"""While a cloud or somebody passes a thing may look gone for some seconds; told again it would be a second event."""
HIDDEN_SHARE = 0.3
"""While so much of a thing is behind somebody who moves, nobody knows whether it is still there."""
NEAR_PX = 6
"""What comes up so close to a thing belongs to it: a heap that grows is one event."""
MARGIN_PX = 3


@dataclass(slots=True, kw_only=True)
class Thing:
    """A thing that lies there.

    Attributes:
        since_s: When it appeared.
        box: Where, in pixels of the small picture.
        mask: Its pixels, uint8, (180, 320), 0 or 255.
        first_box: Where it lay when it was told; `box` takes in what came up beside it since.
        first_mask: Its pixels then, likewise.
        score: How sure.
        attrs: Told with it.
        gone_s: For how long it has looked gone.
    """

    since_s: float
    box: Pixels
    mask: Mask
    first_box: Pixels
    first_mask: Mask
    score: float
    attrs: dict[str, Attr]
    gone_s: float = 0.0


class Lying:
    """The things that lie in a scene.

    Attributes:
        keep: Where the background must stay as it is, so that it is known when they are gone: uint8, (180, 320).
    """

    def __init__(self) -> None:
        self._things: list[Thing] = []
        self.keep: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)

    def __len__(self) -> int:
        """How many things lie there."""
        return len(self._things)

    def __iter__(self) -> Iterator[Thing]:
        """Return each thing, the oldest first."""
        return iter(self._things)

    def begin(
        self, piece: Piece, change: LastingChange, *, since_s: float, score: float, attrs: dict[str, Attr]
    ) -> None:
        """Take in a thing.

        Args:
            piece: What shows of it.
            change: Tells what of that differs from the background.
            since_s: When it appeared.
            score: How sure.
            attrs: To be told with it.
        """
        while any(thing.since_s == since_s for thing in self._things):
            since_s += 1e-3  # two things put down at once are two events
        mask = mask_of(piece) & change.changed
        thing = Thing(
            since_s=since_s,
            box=piece.box,
            mask=mask,
            first_box=piece.box,
            first_mask=mask.copy(),
            score=score,
            attrs=attrs,
        )
        self._things.append(thing)
        self._protect()

    def takes_in(self, piece: Piece, change: LastingChange) -> bool:
        """Widen the thing that a piece belongs to; False where it belongs to none."""
        thing = next((thing for thing in self._things if near(thing.box, piece.box, NEAR_PX)), None)
        if thing is None:
            return False
        cv2.bitwise_or(thing.mask, mask_of(piece) & change.changed, dst=thing.mask)
        x, y, width, height = piece.box
        left, top = min(thing.box[0], x), min(thing.box[1], y)
        right, bottom = max(thing.box[0] + thing.box[2], x + width), max(thing.box[1] + thing.box[3], y + height)
        thing.box = (left, top, right - left, bottom - top)
        self._protect()
        return True

    def end_what_is_gone(self, change: LastingChange, passed_s: float) -> None:
        """Forget the things of which little has been left for some seconds."""
        for thing in self._things:
            if _shows(thing.mask, change):
                thing.gone_s = 0.0
            elif cv2.countNonZero(change.moving & thing.mask) < HIDDEN_SHARE * max(cv2.countNonZero(thing.mask), 1):
                thing.gone_s += passed_s
            if thing.gone_s < GONE_S:
                continue
            if _shows(thing.first_mask, change):  # only what came up beside it has gone
                thing.box, thing.mask, thing.gone_s = thing.first_box, thing.first_mask.copy(), 0.0
            else:
                change.rejuvenate(thing.mask)
            self._protect()
        if any(thing.gone_s >= GONE_S for thing in self._things):
            self._things = [thing for thing in self._things if thing.gone_s < GONE_S]
            self._protect()

    def _protect(self) -> None:
        self.keep.fill(0)
        for thing in self._things:
            self.keep[around(thing.box)] = 255


def _shows(mask: Mask, change: LastingChange) -> bool:
    return cv2.countNonZero(change.changed & mask) >= GONE_SHARE * max(cv2.countNonZero(mask), 1)


def mask_of(piece: Piece) -> Mask:
    """Return a piece's pixels in the small picture: uint8, (180, 320), 0 or 255."""
    mask: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
    x, y, width, height = piece.box
    mask[y : y + height, x : x + width] = piece.mask
    return mask


def around(box: Pixels) -> tuple[slice, slice]:
    """Return the rows and columns of a box and its fringe."""
    x, y, width, height = box
    rows = slice(max(y - MARGIN_PX, 0), y + height + MARGIN_PX)
    return rows, slice(max(x - MARGIN_PX, 0), x + width + MARGIN_PX)
