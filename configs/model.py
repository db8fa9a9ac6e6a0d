"""What every part of the site file has in common."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from events.ids import SLUG_PATTERN

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of the file: `("cameras", 0, "zones", 1, "polygon")`."""

MISTAKEN = "mistaken"
"""Error type of `mistaken`, by which the loader knows that problem and remedy come ready-made."""

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Keys of one section, or of several, that do not fit together.

    Attributes:
        path: Where to mend it, from the section that found it.
        problem: What is wrong, one clause.
        remedy: What to write instead, one clause.
        warning: Whether the file can be used in spite of it.
    """

    path: KeyPath
    problem: str
    remedy: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """Validation context while the loader reads a file.

    Its presence also says that the loader itself judges contradictions, so that they are reported beside wrong
    values and not only once those are mended.

    Attributes:
        folder: Folder of the file, absolute; relative paths in it start there.
    """

    folder: Path


class Written(str):
    """Text whose references to the environment are resolved, but which shows itself as it was written.

    The environment may hold secrets; a message must not repeat them.
    """

    __slots__ = ("written",)
    written: str

    @classmethod
    def resolved(cls, text: str, *, written: str) -> Self:
        """Return the resolved text that remembers how it was written."""
        made = cls(text)
        made.written = written
        return made


def quoted(value: object) -> str:
    """Return a value fit for a message: as written, in quotes, short, printable; of an address only its scheme."""
    text = value.written if isinstance(value, Written) else str(value)
    scheme, is_address, _ = text.partition("://")
    if is_address:  # what follows may hold a password, in more ways than could be cut out
        text = f"{scheme}://…"
    if len(text) > _SHOWN_CHARACTERS:
        text = text[: _SHOWN_CHARACTERS - 1] + "…"
    return f'"{text if text.isprintable() else ascii(text)[1:-1]}"'


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate a slip of the pen most likely meant, None where none is near."""
    return next(iter(get_close_matches(word, list(candidates), n=1)), None)


def entries(values: Mapping[str, object], key: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield the sections of a list with their positions, passing over what is no section at all."""
    listed = values.get(key)
    if isinstance(listed, list | tuple):
        for position, entry in enumerate(listed):
            if isinstance(entry, Mapping):
                yield position, entry


def repeated(values: Mapping[str, object], key: str) -> Iterator[tuple[int, int, str]]:
    """Yield every use of an id in a list after its first: position, position of the first, id."""
    first: dict[str, int] = {}
    for position, entry in entries(values, key):
        identifier = entry.get("id")
        if isinstance(identifier, str) and first.setdefault(identifier, position) != position:
            yield position, first[identifier], identifier


def mistaken(problem: str, remedy: str) -> PydanticCustomError:
    """Return the error a field validator raises: neither text may hold the value, which may be a secret."""
    return PydanticCustomError(MISTAKEN, "{problem}; {remedy}", {"problem": problem, "remedy": remedy})


class Section(BaseModel):
    """A part of the site file: unknown keys are refused, values do not change after loading."""

    # Inputs stay out of pydantic's own messages: they may be passwords.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:  # noqa: ARG003 - for subclasses
        """Yield what does not fit together in this section.

        Args:
            values: The section as the file has it: values perhaps of a wrong type, keys perhaps missing or unknown,
                so that contradictions show beside other mistakes. Of a finished section, its `model_dump()`.
        """
        yield from ()

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, Loading):
            return self
        errors = [c for c in self.contradictions(self.model_dump()) if not c.warning]
        if errors:
            raise ValueError("; ".join(f"{error.problem} ({error.remedy})" for error in errors))
        return self


def _in_one_line(text: str) -> str:
    if not text.isprintable():
        raise mistaken("there are line breaks or control characters in it", "write it in one line of plain text")
    return text


def _beside_site_file(path: Path, info: ValidationInfo) -> Path:
    return info.context.folder / path.expanduser() if isinstance(info.context, Loading) else path


def _text_beside_site_file(path: str, info: ValidationInfo) -> str:
    return str(_beside_site_file(Path(path), info))


Name = Annotated[str, Field(min_length=1), AfterValidator(_in_one_line)]
"""What people call something, or its unit: text that every terminal, table and database can hold."""

Slug = Annotated[
    str,
    Field(
        pattern=SLUG_PATTERN,
        description="Identifier: lower-case letters, digits, hyphen, underscore; starts with a letter or digit.",
    ),
]
Share = Annotated[float, Field(ge=0.0, le=1.0, description="A share, 0..1.")]
Seconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="A duration in seconds.")]
Port = Annotated[int, Field(ge=1, le=65535, description="A TCP port.")]
Secret = Annotated[SecretStr, Field(min_length=1)]
"""Write `${NAME}` or `file:/path` in the site file, never the secret itself. The loader resolves both."""
PathBeside = Annotated[Path, AfterValidator(_beside_site_file)]
"""A path; in a site file, a relative one starts at the folder of that file and `~` is the home folder."""
TextPathBeside = Annotated[str, Field(min_length=1), AfterValidator(_text_beside_site_file)]
"""The same as text."""
