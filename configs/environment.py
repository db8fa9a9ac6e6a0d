"""References in the site file to what lies outside it: `${NAME}` in any value, `file:` for secrets."""

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_REFERENCE = re.compile(
    r"\$\$(?=\{)"  # $${ is a literal ${
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|(?P<broken>\$\{)"
)
FILE_REFERENCE = "file:"
_LARGEST_SECRET_BYTES = 65_536


class EveryNameSet(Mapping[str, str]):
    """An environment in which every variable is set: for judging a file where it does not run."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take values from `environ` where it has them."""
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ.get(name) or "1"

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A text with its references to the environment replaced.

    Attributes:
        text: The result.
        missing: Variables that are not set and have no default, in order.
        broken: Whether a `${` is not a reference.
    """

    text: str
    missing: tuple[str, ...]
    broken: bool


def has_reference(text: str) -> bool:
    """Tell whether a text refers to the environment."""
    return "${" in text


def expand(text: str, environ: Mapping[str, str]) -> Expansion:
    """Replace every `${NAME}` and `${NAME:-default}`; what a variable holds is not expanded again.

    As in a shell (POSIX, 2.6.2 Parameter Expansion), `:-` also replaces a variable that is set but empty.
    """
    missing: list[str] = []
    broken = False

    def value_of(match: re.Match[str]) -> str:
        nonlocal broken
        name, default = match["name"], match["default"]
        if match["broken"]:
            broken = True
        if name is None:
            return "$" if not match["broken"] else match[0]
        if default is not None:
            return environ.get(name) or default
        if name not in environ:
            missing.append(name)
            return match[0]
        return environ[name]

    return Expansion(text=_REFERENCE.sub(value_of, text), missing=tuple(dict.fromkeys(missing)), broken=broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """What came of reading a secret from a file.

    Attributes:
        text: The secret without surrounding white space; None when it could not be had.
        problem: What is wrong, one clause; None when nothing is.
        remedy: What to do, one clause.
    """

    text: str | None
    problem: str | None = None
    remedy: str = ""


def read_secret(reference: str, folder: Path) -> SecretFile:
    """Read the file a `file:` reference names; a relative path starts at the folder of the site file.

    A file that every user of the machine may read gives its secret and a problem at once.
    """
    try:
        text, mode = _text_and_mode(folder / Path(reference.removeprefix(FILE_REFERENCE).strip()).expanduser())
    except _UnusableError as error:
        problem, remedy = error.args
        return SecretFile(text=None, problem=problem, remedy=remedy)
    except UnicodeDecodeError:
        return SecretFile(text=None, problem="the secret's file is not UTF-8 text", remedy="write the secret as text")
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a home folder that is not known
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a path"
        return SecretFile(
            text=None,
            problem=f"the secret's file cannot be read ({reason})",
            remedy="write file:/path of a file that is there and that Pantau's user may read",
        )
    if mode & stat.S_IROTH:
        return SecretFile(
            text=text,
            problem="every user of this machine may read the secret's file",
            remedy="take that right away: chmod o-r FILE",
        )
    return SecretFile(text=text)


class _UnusableError(Exception):
    """A file can be read but holds no secret; its arguments are problem and remedy."""


def _text_and_mode(path: Path) -> tuple[str, int]:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        # A pipe or a device would keep the loader waiting.
        raise _UnusableError("the secret is not in a regular file", "name a regular file")
    with path.open("rb") as stream:
        content = stream.read(_LARGEST_SECRET_BYTES + 1)
    if len(content) > _LARGEST_SECRET_BYTES:
        raise _UnusableError("the secret's file is too large", "name the file that holds the secret alone")
    text = content.decode().strip()
    if not text:
        raise _UnusableError("the secret's file is empty", "write the secret into it")
    return text, mode
