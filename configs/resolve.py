"""From what a file says to what it means: environment, secrets and empty values, each where the models expect it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from configs.document import Document
from configs.environment import FILE_REFERENCE, expand, has_reference, read_secret
from configs.mistakes import Mistake
from configs.model import KeyPath, Written
from configs.shape import Shape, below, field_of, holds_list, holds_number_only, holds_secret, may_be_empty, sections_of

_PASSWORD_IN_URL = re.compile(r"^[^/]*//[^/]*?:(?P<password>.+)@|pass(?:word|wd)?=(?P<parameter>[^&/]+)", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Resolved:
    """What came of resolving.

    Attributes:
        value: Plain values as the models may take them; text from the environment is `Written`.
        mistakes: Errors and warnings met.
        settled: Paths whose mistake is already told, so that nothing more need be said of them.
    """

    value: object = None
    mistakes: list[Mistake] = field(default_factory=list)
    settled: set[KeyPath] = field(default_factory=set)


def resolve(
    document: Document, value: object, top: KeyPath, shape: Shape, *, environ: Mapping[str, str], folder: Path
) -> Resolved:
    """Resolve one part of a document.

    Args:
        document: Where the part comes from.
        value: The part.
        top: Path of the part in the document.
        shape: What is expected there.
        environ: Variables that `${NAME}` may name.
        folder: Where relative paths start.
    """
    resolver = _Resolver(document, environ, folder)
    resolver.result.value = resolver.walk(value, top, shape)
    return resolver.result


class _Resolver:
    def __init__(self, document: Document, environ: Mapping[str, str], folder: Path) -> None:
        self.result = Resolved()
        self._document = document
        self._environ = environ
        self._folder = folder

    def walk(self, value: object, path: KeyPath, shape: Shape) -> object:
        if isinstance(value, dict):
            inner = {}
            for key, entry in value.items():
                expected = below(shape, key)
                if entry is None and self._left_out(expected, (*path, key), known=field_of(shape, key) is not None):
                    continue
                inner[key] = self.walk(entry, (*path, key), expected)
            return inner
        if isinstance(value, list):
            return [self.walk(entry, (*path, n), below(shape, n)) for n, entry in enumerate(value)]
        if value is None:
            return None
        written = self._document.texts.get(path, str(value))
        if holds_secret(shape):
            return self._secret(written, path)
        if isinstance(value, str) and has_reference(written):
            return Written.resolved(self._expanded(written, path), written=written)
        if isinstance(value, bool) and holds_number_only(shape):
            self._settle(path, f'"{written}" is not a number', "write a number")
        return value

    def _left_out(self, expected: Shape, path: KeyPath, *, known: bool) -> bool:
        """Tell whether a key without a value counts as not written: lists and sections with nothing below them."""
        if not known or not (holds_list(expected) or sections_of(expected)):
            return False
        if sections_of(expected) and may_be_empty(expected):
            # `waste_pile:` alone would silently switch off what was meant to be switched on.
            self._settle(path, "nothing stands below this key", f"write {path[-1]}: {{}} to use it with its defaults")
        return True

    def _settle(self, path: KeyPath, problem: str, remedy: str) -> None:
        self.result.settled.add(path)
        self.result.mistakes.append(self._document.mistake(path, problem, remedy))

    def _expanded(self, written: str, path: KeyPath) -> str:
        expansion = expand(written, self._environ)
        if expansion.missing:
            several = len(expansion.missing) > 1
            names = " and ".join(expansion.missing)
            self._settle(
                path,
                f"the environment variables {names} are not set"
                if several
                else f"the environment variable {names} is not set",
                f"set {'them' if several else 'it'}, or write ${{{expansion.missing[0]}:-DEFAULT}}",
            )
        elif expansion.broken:
            self._settle(path, "${ begins no reference", "write ${NAME} or ${NAME:-DEFAULT}; a literal ${ is $${")
        return expansion.text

    def _secret(self, written: str, path: KeyPath) -> str:
        text = self._expanded(written, path)
        if path in self.result.settled:
            return text
        if written.startswith(FILE_REFERENCE):
            return self._secret_from_file(text, path)
        if not text.strip():
            self._settle(path, "the secret is empty", "write ${NAME} and set it, or file:/path")
        elif _is_literal_secret(written, is_url=path[-1] != "password"):
            self.result.mistakes.append(
                self._document.mistake(
                    path,
                    "a password stands in the file itself",
                    "write ${NAME} in its place and set it in the environment, or file:/path for the whole value",
                    warning=True,
                )
            )
        return text

    def _secret_from_file(self, reference: str, path: KeyPath) -> str:
        secret = read_secret(reference, self._folder)
        if secret.text is None:
            self._settle(path, secret.problem or "", secret.remedy)
            return reference
        if secret.problem is not None:
            self.result.mistakes.append(self._document.mistake(path, secret.problem, secret.remedy, warning=True))
        return secret.text


def _is_literal_secret(written: str, *, is_url: bool) -> bool:
    if not is_url:
        return not has_reference(written)
    found = _PASSWORD_IN_URL.search(written)
    return found is not None and not has_reference(found["password"] or found["parameter"])
