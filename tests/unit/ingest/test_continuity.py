"""The numbers of H.264 pictures, written here as the standard has them (ITU-T H.264, 7.3 and 9.1)."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.continuity import Numbering

KEY, REFERENCE, DISPOSABLE, PARAMETERS = 0x65, 0x41, 0x01, 0x67
GARBAGE = "1011001110001111" * 12


def ue(number: int) -> str:
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def unit(head: int, bits: str) -> bytes:
    """Return a NAL unit, its start codes escaped."""
    bits += "1" + "0" * (-(len(bits) + 1) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big")
    escaped = bytearray()
    for byte in body:
        if escaped[-2:] == b"\0\0" and byte <= 3:
            escaped.append(3)
        escaped.append(byte)
    return bytes([head]) + bytes(escaped)


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a stream is written."""

    bits: int
    kind: int = 5
    parameters: int = 0
    lengths: bool = False
    delimited: bool = False

    def packet(self, *units: bytes) -> bytes:
        units = (b"\x09\xf0", *units) if self.delimited else units
        return b"".join((len(u).to_bytes(4, "big") if self.lengths else b"\0\0\0\1") + u for u in units)

    def set(self) -> bytes:
        fields = f"{66:08b}{0:016b}" + ue(0) + ue(self.bits - 4) + ue(2) + ue(1) + "0" + GARBAGE
        return unit(PARAMETERS, fields)

    def picture(self, number: int, head: int = REFERENCE) -> bytes:
        parts = ue(0) + ue(7 if head == KEY else self.kind) + ue(self.parameters)
        coded = unit(head, parts + f"{number % (1 << self.bits):0{self.bits}b}" + GARBAGE)
        return self.packet(*((self.set(), coded) if head == KEY else (coded,)))

    def numbering(self) -> Numbering:
        if not self.lengths:
            return Numbering()
        described = bytes([1, 66, 0, 30, 0xFF, 0xE1]) + len(self.set()).to_bytes(2, "big") + self.set()
        return Numbering(described)


FORMS = st.builds(
    Form,
    bits=st.integers(4, 16),
    kind=st.sampled_from([0, 2, 5, 7]),
    parameters=st.integers(0, 40),
    lengths=st.booleans(),
    delimited=st.booleans(),
)


@given(FORMS, st.lists(st.sampled_from(["next", "next", "next", "disposable", "lost", "key"]), max_size=60))
def test_a_picture_follows_unless_one_was_lost_before_it(form: Form, story: list[str]) -> None:
    numbering = form.numbering()
    assert numbering.follows(form.picture(0, KEY), keyframe=True)
    number = gaps = sequels = 0
    for event in story:
        if event == "key":
            number = gaps = sequels = 0
            assert numbering.follows(form.picture(0, KEY), keyframe=True)
            continue
        number += 2 if event == "lost" else 1
        packet = form.picture(number, DISPOSABLE if event == "disposable" else REFERENCE)
        said = numbering.follows(memoryview(packet), keyframe=False)
        gaps, sequels = gaps + (event == "lost"), sequels + (event != "lost")
        if gaps >= 10 and gaps > sequels:
            return  # it is taken to be the numbering that is wrong
        assert said == (event != "lost"), (event, number)
        if event == "disposable":
            number -= 1  # nothing builds upon it, and it uses no number up


@given(FORMS, st.integers(0, 1 << 16), st.integers(2, 15))
def test_every_step_but_the_next_is_a_gap(form: Form, first: int, step: int) -> None:
    numbering = form.numbering()
    numbering.follows(form.picture(0, KEY), keyframe=True)
    numbering.follows(form.picture(first), keyframe=False)
    numbering.follows(form.picture(first + 1), keyframe=False)
    assert not numbering.follows(form.picture(first + 1 + step), keyframe=False)
    assert numbering.follows(form.picture(first + 2 + step), keyframe=False)


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_slice_that_ends_early_is_left_to_the_decoder(cut: int) -> None:
    form = Form(bits=8)
    numbering = form.numbering()
    for number in range(3):
        numbering.follows(form.picture(number, REFERENCE if number else KEY), keyframe=not number)
    numbering.follows(form.picture(3)[:cut], keyframe=False)
    assert numbering.follows(form.picture(0, KEY), keyframe=True)


@given(st.lists(st.binary(max_size=64)))
def test_nonsense_raises_nothing(packets: list[bytes]) -> None:
    numbering = Form(bits=8).numbering()
    numbering.follows(Form(bits=8).picture(0, KEY), keyframe=True)
    for packet in packets:
        numbering.follows(memoryview(packet), keyframe=False)
