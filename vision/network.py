"""Finds people and vehicles with SSD-MobileNet v2 (Open Images, 24 classes) on one CPU thread."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

import cv2
import numpy as np
import numpy.typing as npt

from events.errors import ConfigError
from events.frame import Picture
from events.geometry import Box
from vision.detector import Found, Person, Vehicle
from vision.lifting import lifted
from vision.suppression import Floats, suppress

INPUT_PX = 300
PERSON_CLASS = 4
VEHICLE_CLASSES = (1, 18, 23)
"""Rows of the label map that comes with the weights: bicycle, vehicle, car; 0 is the background."""

GRIDS = (19, 10, 5, 3, 2, 1)
"""Cells each way of the six layers that predict boxes."""

ANCHORS = 1917
LEAST_SCALE, MOST_SCALE = 0.2, 0.95
CENTRE_VARIANCE, SIZE_VARIANCE = 10.0, 5.0
"""Box coding of the SSD paper (Liu et al. 2016), as the TensorFlow object detection API writes it."""

LEAST_SCORE = 0.25
"""Below .4 most boxes are wrong, yet moving pixels inside confirm many down to .25; callers choose."""


class PeopleNetwork:
    """The people detector; loads its weights when first asked.

    Not for several threads at once: make one per worker process.
    """

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._runner: _Runner | None = None
        self._input: Floats = np.empty((1, INPUT_PX, INPUT_PX, 3), np.float32)
        self._anchors = anchors()

    def find(self, bgr: Picture) -> Found:
        """Return the people and vehicles in a picture, surest first.

        Args:
            bgr: uint8, (height, width, 3), any size; it is squeezed to 300x300 as in training, not cropped.

        Returns:
            Those with a score of at least `LEAST_SCORE`.

        Raises:
            ConfigError: the weights are missing or damaged.
        """
        if self._runner is None:
            self._runner = _load(self._weights)
        small = cv2.resize(bgr, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
        small = lifted(np.asarray(small, np.uint8))
        # Training's range: BGR 0..255 to RGB -1..1.
        np.multiply(small[:, :, ::-1], np.float32(2 / 255), out=self._input[0])
        np.subtract(self._input, np.float32(1.0), out=self._input)
        codes, logits = self._runner.run(self._input)
        vehicles = logits[:, VEHICLE_CLASSES].max(axis=1)
        return Found(
            people=[Person(box=box, score=score) for box, score in self._sure(codes, logits[:, PERSON_CLASS])],
            vehicles=[Vehicle(box=box, score=score) for box, score in self._sure(codes, vehicles)],
        )

    def _sure(self, codes: Floats, logits: Floats) -> Iterator[tuple[Box, float]]:
        """Yield box and score of what is sure enough, each thing once, surest first."""
        chosen = np.flatnonzero(logits >= math.log(LEAST_SCORE / (1.0 - LEAST_SCORE)))
        scores = np.float32(1.0) / (np.float32(1.0) + np.exp(-logits[chosen]))
        boxes = decode(codes[chosen], self._anchors[chosen])
        for i in suppress(boxes, scores):
            yield Box(*(float(v) for v in boxes[i])), float(scores[i])


def anchors() -> Floats:
    """Return the boxes that predictions are relative to: (1917, 4) as centre y, centre x, height, width in shares.

    Source: the `SsdAnchorsCalculator` options this network was trained with: six layers, scales evenly from .2
    to .95, first layer reduced to three anchors.
    """
    steps = np.linspace(LEAST_SCALE, MOST_SCALE, len(GRIDS)).tolist()
    rows: list[tuple[float, float, float, float]] = []
    for layer, cells in enumerate(GRIDS):
        shapes = list(_shapes(layer, [*steps, 1.0]))
        for row in range(cells):
            for column in range(cells):
                centre = (row + 0.5) / cells, (column + 0.5) / cells
                rows += [(*centre, scale / math.sqrt(ratio), scale * math.sqrt(ratio)) for ratio, scale in shapes]
    return np.array(rows, np.float32)


def _shapes(layer: int, scales: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Yield (width over height, scale) of one layer's anchors."""
    if layer == 0:
        yield from ((1.0, 0.1), (2.0, scales[0]), (0.5, scales[0]))
        return
    yield from ((ratio, scales[layer]) for ratio in (1.0, 2.0, 0.5, 3.0, 1 / 3))
    yield 1.0, math.sqrt(scales[layer] * scales[layer + 1])


def decode(codes: Floats, anchor_rows: Floats) -> Floats:
    """Turn predictions into boxes.

    Args:
        codes: (n, 4) as y, x, height, width relative to the anchors.
        anchor_rows: (n, 4), the anchors they belong to.

    Returns:
        (n, 4) as left, top, width, height in shares, cut at the picture's edge.
    """
    centres = codes[:, :2] / np.float32(CENTRE_VARIANCE) * anchor_rows[:, 2:] + anchor_rows[:, :2]
    # Capped at e^4, beyond which a damaged file would overflow; real sizes stay far below.
    sizes = np.exp(np.minimum(codes[:, 2:] / np.float32(SIZE_VARIANCE), np.float32(4.0))) * anchor_rows[:, 2:]
    low = np.clip(centres - sizes / 2, 0.0, 1.0)
    high = np.clip(centres + sizes / 2, 0.0, 1.0)
    return np.column_stack((low[:, ::-1], (high - low)[:, ::-1])).astype(np.float32)


class _Interpreter(Protocol):
    """What is used of LiteRT's interpreter, which ships no types."""

    def allocate_tensors(self) -> None: ...
    def invoke(self) -> None: ...
    def set_tensor(self, tensor_index: int, value: Floats) -> None: ...
    def get_tensor(self, tensor_index: int) -> Floats: ...
    def get_input_details(self) -> list[dict[str, object]]: ...
    def get_output_details(self) -> list[dict[str, object]]: ...


class _Runner:
    """Weights in memory, ready to run."""

    def __init__(self, interpreter: _Interpreter) -> None:
        self._interpreter = interpreter
        interpreter.allocate_tensors()
        self._in = _index_of(interpreter.get_input_details(), (1, INPUT_PX, INPUT_PX, 3))
        self._codes = _index_of(interpreter.get_output_details(), (1, ANCHORS, 4))
        self._logits = _index_of(interpreter.get_output_details(), (1, ANCHORS, 24))

    def run(self, picture: Floats) -> tuple[Floats, Floats]:
        """Return box codes (1917, 4) and class logits (1917, 24)."""
        self._interpreter.set_tensor(self._in, picture)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._codes)[0], self._interpreter.get_tensor(self._logits)[0]


def _index_of(tensors: list[dict[str, object]], shape: tuple[int, ...]) -> int:
    for tensor in tensors:
        if tuple(cast("npt.NDArray[np.int32]", tensor["shape"]).tolist()) == shape:
            return cast("int", tensor["index"])
    raise ConfigError(
        f"the people detector's weights have no tensor of shape {shape}; run `pantau models install` again"
    )


def _load(weights: Path) -> _Runner:
    if not weights.is_file():
        raise ConfigError(f"{weights}: no people detector here; run `pantau models install`")
    # A worker without weights need neither wait for the import nor hold it in memory.
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - see above

    try:
        return _Runner(cast("_Interpreter", Interpreter(model_path=str(weights), num_threads=1)))
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"{weights}: not a usable people detector; run `pantau models install` again") from error
