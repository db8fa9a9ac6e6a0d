"""The channels of a recorder, as its CSV export lists them, as cameras of the site file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from events.errors import ConfigError
from events.ids import is_slug


class Pattern(NamedTuple):
    """How a maker's recorders and cameras name their streams; `{channel}` is the channel's number.

    Attributes:
        main: Path of the main stream.
        sub: Path of the small stream.
    """

    main: str
    sub: str


PATTERNS: Mapping[str, Pattern] = {
    "hikvision": Pattern("/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02"),
    "dahua": Pattern("/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1"),
}
"""Paths as in the makers' own RTSP notes. Many cameras sold under other names are made by one of the two."""

ALIASES: Mapping[str, str] = {
    "nama": "name", "kamera": "name", "camera": "name", "camera name": "name", "channel name": "name",
    "kanal": "channel", "ch": "channel", "channel no.": "channel",
    "ip": "host", "address": "host", "ip address": "host", "alamat": "host", "nvr": "host",
    "rtsp": "url", "rtsp url": "url", "lokasi": "site", "location": "site",
    "username": "user", "pengguna": "user", "sandi": "password", "kata sandi": "password",
    "merk": "vendor", "brand": "vendor", "rtsp port": "port",
}  # fmt: skip
"""Headings that recorders and people write for the same thing, in English and Indonesian."""

COLUMNS = (
    "name", "id", "site", "vendor", "host", "port", "channel", "path", "url",
    "user", "password", "user_env", "password_env", "purpose",
)  # fmt: skip

DEFAULT_PORT = 554
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_ID = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a CSV came to.

    Attributes:
        sections: Keys and values of each camera, in the order of the rows; credentials are references only.
        names: Environment variables the cameras need, in order.
        secrets: Values for those of them whose value stood in the CSV.
    """

    sections: Sequence[dict[str, object]]
    names: Sequence[str]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class _Credentials:
    """Gives credentials names, one pair for each recorder as long as it has one account."""

    secrets: dict[str, str] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)

    def reference(self, what: str, host: str, identifier: str, value: str) -> str:
        """Return the reference that stands for a value."""
        for owner in (host, f"{host}_{identifier}"):
            name = env_name(f"CAM_{owner}_{what}")
            if self.secrets.setdefault(name, value) == value:
                self.names[name] = None
                return f"${{{name}}}"
        raise ConfigError(f"two cameras need different values of {name}; give one of them an id of its own")

    def named(self, name: str) -> str:
        """Return the reference to a variable that the CSV itself names."""
        self.names[name] = None
        return f"${{{name}}}"


def read_channels(file: Path, *, site: str | None = None, substream: bool = False) -> Imported:
    """Read the channels of a recorder.

    Args:
        file: CSV with a heading line; commas, semicolons or tabs, UTF-8.
        site: Id of the site of rows that name none.
        substream: Whether analysis shall use the small stream where the maker's pattern is known.

    Raises:
        ConfigError: every mistake in the file, each with its line.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 text; save it as CSV UTF-8 in the spreadsheet") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return parse_channels(text, str(file), site=site, substream=substream)


def parse_channels(text: str, shown: str, *, site: str | None = None, substream: bool = False) -> Imported:
    """Do the same for the text of the file; `shown` is its name in messages."""
    credentials = _Credentials()
    sections: list[dict[str, object]] = []
    mistakes: list[str] = []
    ids: dict[str, int] = {}
    places: dict[str, int] = {}
    for line, row in _rows(text, shown):
        try:
            section = _section(row, credentials, site=site, substream=substream)
        except ConfigError as error:
            mistakes.append(f"line {line}: {error}")
            continue
        for kind, key, seen in (("id", str(section["id"]), ids), ("address", _place_of(section), places)):
            if seen.setdefault(key, line) != line:
                what = (
                    f"the id {key} is that of line {seen[key]}"
                    if kind == "id"
                    else f"this is the stream of line {seen[key]}"
                )
                mistakes.append(f"line {line}: {what}; every camera stands here once")
        sections.append(section)
    if mistakes:
        raise ConfigError("\n".join([f"{shown} cannot be imported:", *(f"  {one}" for one in mistakes)]))
    if not sections:
        raise ConfigError(f"{shown}: holds no channels; write a line for each camera below the headings")
    return Imported(sections=sections, names=list(credentials.names), secrets=credentials.secrets)


def slug(text: str) -> str:
    """Return an identifier made of a name, empty where nothing of it can be used."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].strip("-")


def env_name(text: str) -> str:
    """Return text as the name of an environment variable."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def _rows(text: str, shown: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells by column of every row that is not empty."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if columns is None:
                columns = _columns(stripped, shown)
                continue
            if len(stripped) > len(columns) and any(stripped[len(columns) :]):
                raise ConfigError(
                    f"{shown}: line {reader.line_num} has more cells than there are headings;"
                    f" put a cell that holds {delimiter!r} in double quotes"
                )
            yield reader.line_num, {name: cell for name, cell in zip(columns, stripped, strict=False) if name and cell}
    except csv.Error as error:
        raise ConfigError(f"{shown}: line {reader.line_num} is not CSV: {error}") from error


def _columns(headings: Sequence[str], shown: str) -> list[str]:
    columns = []
    for heading in headings:
        plain = heading.lower().replace("_", " ").strip()
        name = ALIASES.get(plain, plain.replace(" ", "_"))
        columns.append(name if name in COLUMNS else "")
    twice = {name for name in columns if name and columns.count(name) > 1}
    if "name" not in columns or twice:
        what = f"the column {min(twice)} stands twice" if twice else "there is no column called name"
        raise ConfigError(f"{shown}: {what}; known columns are {', '.join(COLUMNS)}")
    return columns


def _section(
    row: Mapping[str, str], credentials: _Credentials, *, site: str | None, substream: bool
) -> dict[str, object]:
    name = row.get("name", "")
    identifier = row.get("id") or slug(name)
    if not is_slug(identifier):
        raise ConfigError(
            "no identifier can be made of the name; write one in a column id: lower-case letters, digits, -"
        )
    place = row.get("site") or site
    if not place:
        raise ConfigError("it does not say where the camera stands; add a column site, or write --site ID")
    main, sub = _addresses(row, identifier, credentials)
    section: dict[str, object] = {"id": identifier, "name": name or identifier, "site": place, "url": main}
    if substream and sub is not None:
        section["detect_url"] = sub
    if "purpose" in row:
        section["purpose"] = row["purpose"]
    return section


def _addresses(row: Mapping[str, str], identifier: str, credentials: _Credentials) -> tuple[str, str | None]:
    """Return the addresses of main and small stream, the latter None where it is not known."""
    if "url" in row:
        return _from_url(row, identifier, credentials), None
    if "host" not in row:
        raise ConfigError("it has no address; fill in url, or host with vendor and channel, or host with path")
    host, port = _host(row)
    login = _login(row, host, identifier, credentials)
    vendor = row.get("vendor", "").lower()
    if "path" in row:
        pattern = Pattern(row["path"], "")
    elif vendor in PATTERNS:
        pattern = PATTERNS[vendor]
    else:
        known = ", ".join(PATTERNS)
        raise ConfigError(f"the path of its stream is not known; fill in path, or vendor as one of {known}")
    if "{channel}" in pattern.main and not row.get("channel", "").isdecimal():
        raise ConfigError("its channel is not a number; fill in channel: 1, 2, ...")
    main, sub = (path.replace("{channel}", row.get("channel", "").lstrip("0") or "0") for path in pattern)
    start = f"rtsp://{login}{host}:{port}"
    return f"{start}/{main.lstrip('/')}", f"{start}/{sub.lstrip('/')}" if sub else None


def _from_url(row: Mapping[str, str], identifier: str, credentials: _Credentials) -> str:
    try:
        parts = urlsplit(row["url"])
        good = parts.scheme in {"rtsp", "rtsps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError("its url is not the address of an RTSP stream; write rtsp://host[:port]/path")
    host = parts.hostname or ""
    written = {"user": _decoded(parts.username), "password": _decoded(parts.password), **row}
    login = _login({key: value for key, value in written.items() if value}, host, identifier, credentials)
    rest = row["url"].split("://", 1)[1]
    behind = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
    query = parts.query.lower()
    if "pass" in query or "pwd" in query:
        raise ConfigError("its url carries a password behind the ?; write it as ${NAME} there by hand")
    return f"{parts.scheme}://{login}{behind}"


def _decoded(part: str | None) -> str:
    return "" if part is None else part if part.startswith("${") else unquote(part)


def _host(row: Mapping[str, str]) -> tuple[str, int]:
    host, port = row["host"], row.get("port", str(DEFAULT_PORT))
    if host.count(":") == 1:
        host, port = host.split(":")
    if not re.fullmatch(r"[A-Za-z0-9.-]+|\[?[0-9A-Fa-f:.]+\]?", host):
        raise ConfigError("its host is not an address; write 192.0.2.10 or a name")
    if not port.isdecimal() or not 0 < int(port) <= 65_535:  # noqa: PLR2004 - the last TCP port
        raise ConfigError("its port is not one; write a number from 1 to 65535, usually 554")
    return (f"[{host.strip('[]')}]" if ":" in host else host), int(port)


def _login(row: Mapping[str, str], host: str, identifier: str, credentials: _Credentials) -> str:
    """Return `user:password@` made of references, empty where the camera asks for neither."""
    parts = []
    for what in ("user", "password"):
        if f"{what}_env" in row:
            name = row[f"{what}_env"].removeprefix("${").removesuffix("}")
            if not _ENV_NAME.fullmatch(name):
                raise ConfigError(f"its {what}_env is not the name of an environment variable, such as CAM_USER")
            parts.append(credentials.named(name))
        elif what in row:
            value = row[what]
            reference = re.fullmatch(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value)
            if reference:
                parts.append(credentials.named(reference[1]))
            else:
                parts.append(credentials.reference(what, host, identifier, quote(value, safe="")))
    if len(parts) == 1 and ("password" in row or "password_env" in row):
        raise ConfigError("it has a password and no user; fill in user, too")
    return f"{':'.join(parts)}@" if parts else ""


def _place_of(section: Mapping[str, object]) -> str:
    """Return the address without its credentials, so that the same stream is known again."""
    return str(section["url"]).split("://", 1)[1].rpartition("@")[2].lower()
