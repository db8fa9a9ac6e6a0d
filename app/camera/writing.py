"""Files the tools write, with one clear error where they cannot."""

from pathlib import Path

from events.errors import ConfigError


def write_bytes(place: Path, content: bytes) -> None:
    """Write a file, making its folder.

    Raises:
        ConfigError: it cannot be written there.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{place}: cannot be written: {error.strerror}") from error


def write_text(place: Path, text: str) -> None:
    """Write text as UTF-8.

    Raises:
        ConfigError: it cannot be written there.
    """
    write_bytes(place, text.encode())
