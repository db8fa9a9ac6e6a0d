"""Writes tiny ONNX files by hand, so that tests need neither a real network nor the onnx package.

Only what is needed of the format (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): a graph whose one output
is a constant, whatever the input.
"""

from pathlib import Path

import numpy as np

from vision.suppression import Floats

_BYTES = 2
_FLOAT = 1


def _number(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _field(number: int, content: bytes | str | int) -> bytes:
    if isinstance(content, int):
        return _number(number << 3) + _number(content)
    raw = content.encode() if isinstance(content, str) else content
    return _number(number << 3 | _BYTES) + _number(len(raw)) + raw


def _described(name: str, shape: tuple[int, ...], kind: int) -> bytes:
    dimensions = b"".join(_field(1, _field(1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dimensions)))


def write_onnx(
    path: Path, output: Floats, *, input_shape: tuple[int, ...] = (1, 3, 64, 96), kind: int = _FLOAT
) -> Path:
    """Write a network that answers any picture with `output`.

    Args:
        path: Where to.
        output: float32, (1, cells, values).
        input_shape: Of its one input.
        kind: ONNX's number of the input's type; 1 is float32, 2 uint8.
    """
    shape = b"".join(_field(1, size) for size in output.shape)
    constant = shape + _field(2, _FLOAT) + _field(8, "answer") + _field(9, output.astype("<f4").tobytes())
    graph = (
        _field(1, _field(1, "answer") + _field(2, "output") + _field(4, "Identity"))
        + _field(2, "tiny")
        + _field(5, constant)
        + _field(11, _described("images", input_shape, kind))
        + _field(12, _described("output", output.shape, _FLOAT))
    )
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, 13)))
    return path


def answer(
    *things: tuple[int, int, float, float, int, float, float], cells: tuple[int, int] = (8, 12), classes: int = 80
) -> Floats:
    """Return what a network of 64x96 pixels says about things, all in its finest grid.

    Args:
        things: Column and row of the cell in whose middle each is centred, width and height in cells, class,
            probability that something is there, probability of the class.
        cells: Rows and columns of the finest grid.
        classes: Number of classes.
    """
    rows, columns = cells
    number = rows * columns + rows * columns // 4 + rows * columns // 16
    output = np.zeros((1, number, 5 + classes), np.float32)
    for column, row, width, height, kind, there, sure in things:
        cell = output[0, row * columns + column]
        cell[:5] = 0.5, 0.5, np.log(width), np.log(height), there
        cell[5 + kind] = sure
    return output
