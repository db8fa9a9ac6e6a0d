"""What stands above the panels of a filmstrip: short Bahasa Indonesia in ASCII, as OpenCV's fonts have nothing else."""

from datetime import datetime, tzinfo

NOW = "sekarang"
BEGAN = "mulai"
LAST = "gambar terakhir"

LATE_S = 3.0
"""A picture this much later than the moment it stands for says so."""


def duration(seconds: float) -> str:
    """Return `12 d`, `3 m 20 d`, `25 m`, `2 j 5 m`: detik, menit, jam, as the wall shortens them."""
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} j {minutes} m" if minutes else f"{hours} j"
    if minutes >= 10 or (minutes and not rest):  # noqa: PLR2004 - from here on seconds are noise
        return f"{minutes} m"
    return f"{minutes} m {rest} d" if minutes else f"{rest} d"


def at_clock(words: str, at: datetime, zone: tzinfo | None) -> str:
    """Return the words with the city's time, `sekarang 14.05.52`; without a zone the words alone."""
    return words if zone is None else f"{words} {at.astimezone(zone):%H.%M.%S}"


def before(seconds: float, at: datetime, zone: tzinfo | None) -> str:
    """Return the caption of a picture from so long before the thing began: `10 d sebelum 14.05.22`."""
    return at_clock(f"{duration(seconds)} sebelum", at, zone)


def began(late_s: float, ago_s: float, at: datetime, zone: tzinfo | None) -> str:
    """Return the caption of the beginning: `mulai 14.05.32`, `mulai + 40 d 14.06.12`, or `mulai, 20 d lalu`.

    Args:
        late_s: How much later than the beginning the picture was taken.
        ago_s: How long before now it was taken.
        at: When it was taken.
        zone: The city's, None where it is not known.
    """
    words = BEGAN if late_s < LATE_S else f"{BEGAN} + {duration(late_s)}"
    return f"{words}, {duration(ago_s)} lalu" if zone is None else at_clock(words, at, zone)
