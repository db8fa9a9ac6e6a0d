"""What the user named to look at: an address, a file, or a camera of a site file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from configs.cameras import Camera
from configs.environment import FILE_REFERENCE, expand, read_secret
from configs.load import load_site_camera
from events.errors import ConfigError
from runtime.logs import without_credentials

_SCHEMES = frozenset({"rtsp", "rtsps"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where pictures come from.

    Attributes:
        shown: How to call it in any output; holds no credentials.
        address: RTSP address or path of a file; may hold a password.
        is_file: Whether it is a file.
        camera: The camera's section of the site file, None without one.
    """

    shown: str
    address: str = field(repr=False)
    is_file: bool
    camera: Camera | None = None


def find_source(named: str, config: Path | None, environ: Mapping[str, str] = os.environ) -> Source:
    """Return what was named.

    Args:
        named: `rtsp://...` (with `${NAME}` for credentials), `file:` with the path of a secret that holds such an
            address, the path of a video, or, with a site file, the id of a camera.
        config: The site file that describes the camera, None without.
        environ: Variables that `${NAME}` may name.

    Raises:
        ConfigError: it is nothing that can be looked at; says what to write.
    """
    if config is not None and not Path(named).is_file() and "://" not in named:
        camera = load_site_camera(config, named, environ)
        address = (camera.detect_url or camera.url).get_secret_value()
        return Source(shown=named, address=_checked(address), is_file=False, camera=camera)
    if named.startswith(FILE_REFERENCE):
        secret = read_secret(named, Path.cwd())
        if secret.text is None:
            raise ConfigError(f"{secret.problem}; {secret.remedy}")
        return _stream(secret.text, environ)
    if "://" in named or named.startswith("${"):
        return _stream(named, environ)
    if Path(named).is_file():
        return Source(shown=Path(named).name, address=named, is_file=True)
    raise ConfigError(
        f"{without_credentials(named)} is neither a file that is there nor an address; write rtsp://host/path, the"
        " path of a video, or --config SITE.yaml with the id of one of its cameras"
    )


def _stream(text: str, environ: Mapping[str, str]) -> Source:
    expansion = expand(text, environ)
    if expansion.missing:
        raise ConfigError(
            f"the address needs {' and '.join(expansion.missing)} from the environment, which is not set;"
            f" try: {expansion.missing[0]}=... pantau camera ... (quote the address in single quotes)"
        )
    address = _checked(expansion.text)
    parts = urlsplit(address)
    # Some cameras take user and password in the query, so it is not shown either.
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return Source(shown=f"{parts.scheme}://{host}{port}{parts.path}", address=address, is_file=False)


def _checked(address: str) -> str:
    try:
        parts = urlsplit(address)
        good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            "this is not the address of an RTSP stream; write rtsp://host[:port]/path, and in user and password"
            " @ as %40, : as %3A, / as %2F, # as %23"
        )
    return address
