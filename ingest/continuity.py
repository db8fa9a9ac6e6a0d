"""Tells from an H.264 stream's own numbering whether a picture is missing that later ones build upon.

The decoder goes on without a word when a whole picture was lost on the way: what follows shows the ghost of what moved
until the next keyframe. H.264 numbers its pictures (`frame_num`), so the gap can be seen before decoding.
Source: ITU-T H.264 (08/2021), 7.3.1 (NAL units), 7.3.2.1.1 (sequence parameter set), 7.3.3 (slice header),
7.4.3 (frame_num). H.265 needs none of this: its decoder refuses pictures whose references are missing.
"""

SLICE, KEY_SLICE, PARAMETERS = 1, 5, 7
"""NAL unit types: slice of an ordinary picture, of a keyframe (IDR), sequence parameter set."""
HEADER_BYTES = 64
"""The fields read here lie within so many bytes of a slice or of a parameter set's beginning."""
SEARCHED_BYTES = 4096
"""A picture's first slice begins within so many bytes, behind parameter sets and messages."""
LISTS = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets describe chroma and scaling first."""
SEPARATE_PLANES = 3
LONGEST_NUMBER = 32
ODD_LEAST = 10
"""From so many gaps on, and more gaps than sequels since a keyframe, it is the numbering that is wrong."""
AVCC_HEADER_BYTES = 6


class _Bits:
    """Reads a NAL unit's fields."""

    def __init__(self, unit: bytes) -> None:
        # A 3 after two zero bytes only keeps start codes out of the data (7.3.1).
        data = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number.

        Raises:
            ValueError: there are not so many.
        """
        self._left -= count
        if self._left < 0:
            raise ValueError("the unit ends early")
        taken = self._value >> self._left
        self._value &= (1 << self._left) - 1
        return taken

    def number(self) -> int:
        """Return the next unsigned Exp-Golomb number (9.1).

        Raises:
            ValueError: none is there.
        """
        # It begins with as many zeros as bits follow its first one; `_value` holds nothing of what was taken before.
        zeros = self._left - self._value.bit_length()
        if zeros > LONGEST_NUMBER:
            raise ValueError("no number")
        return self.take(2 * zeros + 1) - 1

    def signed(self) -> int:
        """Return the next signed Exp-Golomb number (9.1.1)."""
        number = self.number()
        return (number + 1) // 2 if number % 2 else -(number // 2)


class Numbering:
    """Follows the numbers of one stream's pictures, packet by packet."""

    def __init__(self, extradata: bytes | None = None) -> None:
        """Begin a stream.

        Args:
            extradata: What its container or description says ahead: parameter sets with start codes, or `avcC`.
        """
        self._bits: int | None = None
        self._planes = False
        self._length_size: int | None = None
        self._last: int | None = None
        self._gaps = self._sequels = 0
        self._trusted = True
        if extradata and extradata[0] == 1 and len(extradata) > AVCC_HEADER_BYTES + 2:
            self._length_size = (extradata[4] & 3) + 1
            self._learn(extradata[AVCC_HEADER_BYTES + 3 :])
        elif extradata:
            self._hear(extradata)

    def follows(self, packet: bytes | memoryview, *, keyframe: bool) -> bool:
        """Tell whether the packet's picture follows the one before it; where that cannot be told it does.

        Args:
            packet: One coded picture.
            keyframe: Whether the stream calls it a keyframe: with it everything begins anew.
        """
        if not self._trusted:
            return True
        if keyframe:
            self._gaps = self._sequels = 0
        try:
            follows = self._hear(packet) or keyframe
        except ValueError:  # damaged: the decoder will say so too
            self._last = None
            return True
        self._gaps += not follows
        self._sequels += follows
        self._trusted = self._gaps < ODD_LEAST or self._gaps <= self._sequels
        return follows

    def _hear(self, packet: bytes | memoryview) -> bool:
        data = bytes(packet[:SEARCHED_BYTES])
        at = self._first(data)
        while at is not None and at < len(data):
            kind = data[at] & 31
            if kind == PARAMETERS:
                self._learn(data[at + 1 : at + 1 + HEADER_BYTES])
            elif kind in {SLICE, KEY_SLICE}:
                return self._follow(data[at : at + HEADER_BYTES], kind)
            at = self._next(data, at)
        return True

    def _first(self, data: bytes) -> int | None:
        """Return where the first unit begins."""
        if self._length_size is not None:
            return self._length_size
        start = data.find(b"\x00\x00\x01")
        return None if start < 0 else start + 3

    def _next(self, data: bytes, at: int) -> int | None:
        """Return where the unit after the one at `at` begins."""
        if self._length_size is not None:
            size = int.from_bytes(data[at - self._length_size : at], "big")
            return at + size + self._length_size
        start = data.find(b"\x00\x00\x01", at)
        return None if start < 0 else start + 3

    def _learn(self, unit: bytes) -> None:
        """Read from a parameter set how long numbers are."""
        bits = _Bits(unit)
        profile = bits.take(8)
        bits.take(16)  # constraints, level
        bits.number()  # the set's own number: cameras send one
        self._planes = False
        if profile in LISTS:
            chroma = bits.number()
            self._planes = chroma == SEPARATE_PLANES and bits.take(1) == 1
            bits.number()
            bits.number()  # bit depths
            bits.take(1)
            if bits.take(1):
                for size in (16,) * 6 + (64,) * (2 if chroma != SEPARATE_PLANES else 6):
                    _skip_list(bits, size)
        length = bits.number() + 4
        _skip_order(bits)
        bits.number()  # reference pictures
        gaps_allowed = bits.take(1) == 1  # as in streams of several rates, whose numbers then say nothing
        self._bits = None if gaps_allowed else length

    def _follow(self, unit: bytes, kind: int) -> bool:
        """Read a slice header and compare its number with the last."""
        if self._bits is None:
            return True
        bits = _Bits(unit)
        is_reference = (bits.take(8) >> 5) & 3 != 0
        bits.number()  # first macroblock
        bits.number()  # slice type
        bits.number()  # picture parameter set
        if self._planes:
            bits.take(2)
        number = bits.take(self._bits)
        last, most = self._last, 1 << self._bits
        # Pictures nothing builds upon carry the number that comes next without using it up.
        follows = kind == KEY_SLICE or last is None or number in {last, (last + 1) % most}
        if kind == KEY_SLICE or is_reference or not follows:
            self._last = number
        return follows


def _skip_order(bits: _Bits) -> None:
    """Pass over how pictures are put in order (7.3.2.1.1)."""
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.number()):
            bits.signed()


def _skip_list(bits: _Bits, size: int) -> None:
    """Pass over a scaling list (7.3.2.1.1.1)."""
    if not bits.take(1):
        return
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
