"""Tells from an H.264 stream's own numbering whether a picture is missing that later ones build upon.

The decoder goes on without a word when a whole picture was lost on the way: what follows shows the ghost of what moved
until the next keyframe. H.264 numbers its pictures (`frame_num`), so the gap can be seen before decoding.
Source: ITU-T H.264 (08/2021), 7.3.1 (NAL units), 7.3.2.1.1 (sequence parameter set), 7.3.3 (slice header),
7.4.3 (frame_num). H.265 needs none of this: its decoder refuses pictures whose references are missing.
"""

SLICE, KEY_SLICE, PARAMETERS = 1, 5, 7
"""NAL unit types: slice of an ordinary picture, of a keyframe (IDR), sequence parameter set."""
SLICES = frozenset({SLICE, KEY_SLICE})
REFERENCE = 0x60
"""Bits of a unit's first byte that are set where other pictures build upon it (`nal_ref_idc`)."""
ESCAPED, ZEROS = b"\x00\x00\x03", b"\x00\x00"
"""A 3 after two zero bytes only keeps start codes out of the data (7.3.1)."""
LONGEST_START = 4
"""Bytes of a start code, or of a length, before a unit."""
HEADER_BYTES = 64
"""The fields read here lie within so many bytes of a parameter set's beginning."""
SLICE_BYTES = 24
"""The same of a slice; most packets begin with one, and then no more of them is copied."""
SEARCHED_BYTES = 4096
"""A picture's first slice begins within so many bytes, behind parameter sets and messages."""
LISTS = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter sets describe chroma and scaling first."""
SEPARATE_PLANES = 3
LONGEST_NUMBER = 32
ODD_LEAST = 10
"""From so many gaps on, and more gaps than sequels since a keyframe, it is the numbering that is wrong."""
AVCC_HEADER_BYTES = 6
FORESEEN_BYTES = 8
"""So much of a slice's beginning is foreseen: its number lies within."""

_FORESEEN_END = LONGEST_START + FORESEEN_BYTES


class _Bits:
    """Reads a NAL unit's fields."""

    def __init__(self, unit: bytes) -> None:
        data = unit.replace(ESCAPED, ZEROS)
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    @property
    def left(self) -> int:
        """How many bits have not been taken."""
        return self._left

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
        self._foreseen: int | None = None
        self._beginning = self._shift = 0
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
        # Nearly always the picture that must come next begins just as was foreseen. In as few steps as can be: this
        # runs at every picture, when the decoder has taken the caches, and each step costs.
        if int.from_bytes(packet[LONGEST_START:_FORESEEN_END], "big") >> self._shift == self._foreseen:
            self._sequels += 1
            self._foresee()
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
        data = bytes(packet[: LONGEST_START + SLICE_BYTES])
        at = self._first(data)
        if at is not None and at <= LONGEST_START and at < len(data) and data[at] & 31 in SLICES:
            return self._follow(data[at : at + SLICE_BYTES])
        return self._search(packet)

    def _search(self, packet: bytes | memoryview) -> bool:
        """Find the picture's first slice behind whatever comes before it, and learn on the way."""
        data = bytes(packet[:SEARCHED_BYTES])
        at = self._first(data)
        while at is not None and at < len(data):
            kind = data[at] & 31
            if kind == PARAMETERS:
                self._learn(data[at + 1 : at + 1 + HEADER_BYTES])
            elif kind in SLICES:
                return self._follow(data[at : at + SLICE_BYTES])
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

    def _follow(self, unit: bytes) -> bool:
        """Read a slice header and compare its number with the last."""
        if self._bits is None:
            return True
        number, before = _number(unit, self._bits, 2 if self._planes else 0)
        last, is_key = self._last, unit[0] & 31 == KEY_SLICE
        # Pictures nothing builds upon carry the number that comes next without using it up.
        follows = is_key or last is None or number == last or number == (last + 1) % (1 << self._bits)
        if is_key or unit[0] & REFERENCE or not follows:
            self._last = number
            self._begin_alike(unit, 8 + before)
        return follows

    def _begin_alike(self, unit: bytes, before: int) -> None:
        """Foresee that the next slice begins like this one, but for its number, which has so many bits before it."""
        self._foreseen = None
        if self._bits is None or self._length_size not in {None, LONGEST_START}:
            return
        self._shift = 8 * FORESEEN_BYTES - before - self._bits
        known = unit[:FORESEEN_BYTES]
        if self._shift >= 0 and len(known) == FORESEEN_BYTES and ESCAPED not in known:
            self._beginning = int.from_bytes(known, "big") >> (self._shift + self._bits) << self._bits
            self._foreseen = self._after(self._last)

    def _foresee(self) -> None:
        """Go on to the number after the one that was foreseen."""
        self._last = (self._foreseen or 0) - self._beginning
        self._foreseen = self._after(self._last)

    def _after(self, number: int | None) -> int | None:
        if number is None or self._bits is None:
            return None
        return self._beginning + (number + 1) % (1 << self._bits)


def _number(unit: bytes, bits: int, skipped: int) -> tuple[int, int]:
    """Return a slice's number, of so many bits, with as many skipped before it, and how many come before in all.

    Raises:
        ValueError: the unit ends early.
    """
    fields = _Bits(unit[1:])
    length = fields.left
    for _ in range(3):  # first macroblock, slice type, picture parameter set
        fields.number()
    fields.take(skipped)
    before = length - fields.left
    return fields.take(bits), before


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
