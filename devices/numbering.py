"""What a device calls its messages: checked where a message is understood, salvaged where it is refused."""

import re

from devices.reasons import Reason
from events.errors import PayloadError
from events.receipt import FIRST, Number

MOST_BOOT_CHARACTERS = 64
LARGEST_SEQ = 2**53 - 1
"""Above, a number in JSON is no longer exact for every reader (RFC 8259, section 6)."""

SALVAGED_BYTES = 64 * 1024
_BOOT = re.compile(rb'"boot"\s*:\s*"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,64})"')
_SEQ = re.compile(rb'"seq"\s*:\s*(\d{1,16})\s*[,}\]]')


def number_of(boot: str | None, seq: int | None, oldest: int | None) -> Number | None:
    """Return the number of a message, None where the device does not number: it needs both `boot` and `seq`.

    Raises:
        PayloadError: `malformed`: numbers that nobody can keep an account of.
    """
    if boot is None or seq is None:
        return None
    if not 0 <= seq <= LARGEST_SEQ or (oldest is not None and not 0 <= oldest <= seq):
        raise PayloadError(
            Reason.MALFORMED, f"seq {seq}, oldest {oldest}: want seq counting from 1, and oldest not above it"
        )
    if not 0 < len(boot) <= MOST_BOOT_CHARACTERS or not boot.isprintable():
        raise PayloadError(
            Reason.MALFORMED, f"boot has {len(boot)} characters; want 1 to {MOST_BOOT_CHARACTERS}, printable"
        )
    return tuple.__new__(Number, (boot, seq, oldest))  # one for every message


def salvage(payload: bytes) -> Number | None:
    """Return the number of a message that was refused, where it can still be made out without doubt.

    A refused message is kept in quarantine, so its device may forget it; without its number, the device would send it
    for ever.
    """
    head = payload[:SALVAGED_BYTES]
    boots, seqs = _BOOT.findall(head), _SEQ.findall(head)
    if len(boots) != 1 or len(seqs) != 1:
        return None
    seq = int(seqs[0])
    return Number(boots[0].decode("ascii"), seq) if FIRST <= seq <= LARGEST_SEQ else None
