"""Finds people and vehicles with an operator's own network: an ONNX file in the layout of YOLOX, on one CPU thread.

Layout (Ge et al. 2021, as the authors' `export_onnx.py` writes it): one input (1, 3, height, width), float32, BGR
0..255, the picture shrunk into the upper left corner and the rest grey 114; one output (1, cells, 5 + classes) with
centre and size relative to the cells of three grids (strides 8, 16, 32), whether something is there, and what.
"""

import importlib.util
from collections.abc import Iterator
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
from vision.network import LEAST_SCORE
from vision.suppression import Floats, suppress

STRIDES = (8, 16, 32)
PADDING = 114
BESIDE_CLASSES = 5
"""Values of a cell before its classes: centre x and y, width, height, and whether something is there."""
RANK = 3
COCO_CLASSES = 80
COCO_NAMES = {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}
"""Those of the 80 classes of COCO that matter here, by their usual places."""
PERSON_NAMES = frozenset({"person", "people", "pedestrian", "orang", "manusia"})
VEHICLE_NAMES = frozenset(
    {"bicycle", "car", "motorcycle", "motorbike", "bus", "truck", "lorry", "van", "vehicle"}
    | {"mobil", "motor", "truk", "sepeda", "becak", "kendaraan"}
)
LARGEST_LOG = 6.0
"""Sizes beyond e^6 cells come of damage only."""


class OnnxNetwork:
    """An operator's network; loads its file when first asked. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; a text file beside it (same name, ending .txt) names its classes, one a line."""
        self._path = path
        self._loaded: _Loaded | None = None

    def find(self, bgr: Picture) -> Found:
        """Return the people and vehicles in a picture, surest first.

        Args:
            bgr: uint8, (height, width, 3), any size.

        Returns:
            Those with a score of at least `LEAST_SCORE`.

        Raises:
            ConfigError: the file or onnxruntime is missing, or it is no network of this layout.
        """
        if self._loaded is None:
            self._loaded = _load(self._path)
        return self._loaded.find(bgr)


class _Session(Protocol):
    """What is used of onnxruntime's session, which ships no types."""

    def get_inputs(self) -> list["_Tensor"]: ...
    def get_outputs(self) -> list["_Tensor"]: ...
    def run(self, output_names: list[str], input_feed: dict[str, Floats]) -> list[Floats]: ...


class _Tensor(Protocol):
    name: str
    shape: list[int | str]
    type: str


class _Loaded:
    """A network in memory, ready to run."""

    def __init__(self, session: _Session, path: Path) -> None:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise _unusable(path, f"it has {len(inputs)} inputs and {len(outputs)} outputs instead of one each")
        self._session = session
        self._in, self._out = inputs[0].name, outputs[0].name
        self._height_px, self._width_px = _input_size(inputs[0], path)
        self._input: Floats = np.full((1, 3, self._height_px, self._width_px), PADDING, np.float32)
        self._cells = _cells(self._height_px, self._width_px)
        values = self._predict().shape
        if len(values) != RANK or values[0] != 1 or values[1] != len(self._cells) or values[2] <= BESIDE_CLASSES:
            wanted = f"(1, {len(self._cells)}, 5 + classes)"
            raise _unusable(path, f"its output is {tuple(values)} instead of {wanted}")
        names = _names(path, values[2] - BESIDE_CLASSES)
        self._people = [place for place, name in names.items() if name in PERSON_NAMES]
        self._vehicles = [place for place, name in names.items() if name in VEHICLE_NAMES]
        if not self._people:
            raise _unusable(path, "none of its classes is called person")

    def find(self, bgr: Picture) -> Found:
        height_px, width_px = bgr.shape[:2]
        scale = min(self._height_px / height_px, self._width_px / width_px)
        inner = max(round(width_px * scale), 1), max(round(height_px * scale), 1)
        small = lifted(np.asarray(cv2.resize(bgr, inner, interpolation=cv2.INTER_AREA), np.uint8))
        self._input.fill(PADDING)
        self._input[0, :, : inner[1], : inner[0]] = small.transpose(2, 0, 1)
        rows = self._predict()[0]
        sizes = np.array((inner[0], inner[1]), np.float32)
        return Found(
            people=[Person(box=box, score=score) for box, score in self._sure(rows, self._people, sizes)],
            vehicles=[Vehicle(box=box, score=score) for box, score in self._sure(rows, self._vehicles, sizes)],
        )

    def _predict(self) -> Floats:
        return self._session.run([self._out], {self._in: self._input})[0]

    def _sure(self, rows: Floats, classes: list[int], inner_px: Floats) -> Iterator[tuple[Box, float]]:
        """Yield box and score of what is sure enough, each thing once, surest first."""
        if not classes:
            return
        places = [BESIDE_CLASSES + place for place in classes]
        scores = rows[:, 4] * rows[:, places].max(axis=1)
        chosen = np.flatnonzero(scores >= LEAST_SCORE)
        scores = np.clip(scores[chosen], 0.0, 1.0)
        boxes = _decode(rows[chosen, :4], self._cells[chosen], inner_px)
        for i in suppress(boxes, scores):
            yield Box(*(float(v) for v in boxes[i])), float(scores[i])


def _decode(codes: Floats, cells: Floats, inner_px: Floats) -> Floats:
    """Turn predictions into boxes: (n, 4) as left, top, width, height in shares of the picture, cut at its edge."""
    strides = cells[:, 2:]
    centres = (codes[:, :2] + cells[:, :2]) * strides
    sizes = np.exp(np.minimum(codes[:, 2:], np.float32(LARGEST_LOG))) * strides
    low = np.clip((centres - sizes / 2) / inner_px, 0.0, 1.0)
    high = np.clip((centres + sizes / 2) / inner_px, 0.0, 1.0)
    return np.column_stack((low, high - low)).astype(np.float32)


def _cells(height_px: int, width_px: int) -> Floats:
    """Return column, row and stride of each cell: float32, (n, 3)."""
    grids: list[npt.NDArray[np.float32]] = []
    for stride in STRIDES:
        rows, columns = np.mgrid[: height_px // stride, : width_px // stride]
        grids.append(np.column_stack((columns.ravel(), rows.ravel(), np.full(rows.size, stride))).astype(np.float32))
    return np.concatenate(grids)


def _input_size(tensor: _Tensor, path: Path) -> tuple[int, int]:
    match tensor.shape, tensor.type:
        case [_, 3, int() as height_px, int() as width_px], "tensor(float)":
            if height_px % STRIDES[-1] == 0 and width_px % STRIDES[-1] == 0 and height_px > 0 and width_px > 0:
                return height_px, width_px
    raise _unusable(
        path,
        f"its input is {tensor.type} {tensor.shape} instead of floats (1, 3, height, width), both multiples of"
        f" {STRIDES[-1]}",
    )


def _names(path: Path, number: int) -> dict[int, str]:
    """Return what the classes are called, from the file beside the network or by their number."""
    beside = path.with_suffix(".txt")
    try:
        lines = [line.strip().lower() for line in beside.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        if number == COCO_CLASSES:
            return COCO_NAMES
        if number == 1:
            return {0: "person"}
        raise _unusable(
            path, f"nobody says what its {number} classes are; write one name a line into {beside}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{beside}: the names of the classes cannot be read: {error}") from error
    named = [line for line in lines if line]
    if len(named) != number:
        raise _unusable(path, f"it has {number} classes, but {beside} names {len(named)}")
    return dict(enumerate(named))


def _unusable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"{path}: not a people detector in YOLOX layout: {why}")


def _load(path: Path) -> _Loaded:
    if not path.is_file():
        raise ConfigError(f"{path}: no such model; check vision.model, or take it out to use the installed network")
    if importlib.util.find_spec("onnxruntime") is None:
        raise ConfigError(f"{path}: reading ONNX needs onnxruntime; install it with: pip install 'pantau[onnx]'")
    # Only whoever brings a network of their own waits for this import and holds it in memory.
    import onnxruntime  # noqa: PLC0415 - see above
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - see above

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return _Loaded(cast("_Session", session), path)
    except (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    ) as error:
        # They have no ancestor of their own; the first line of each says what it stumbled over.
        raise _unusable(path, str(error).strip().partition("\n")[0]) from error
