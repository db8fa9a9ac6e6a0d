"""What a YAML parser's complaint means for the person who wrote the file."""

from typing import NamedTuple, Protocol

from ruamel.yaml.error import MarkedYAMLError


class Mark(Protocol):
    """A place in the text; line and column from 0."""

    line: int
    column: int


class SyntaxFault(NamedTuple):
    """A complaint in plain words.

    Attributes:
        problem: What is wrong, one clause.
        remedy: What to write instead, one clause.
        mark: Where; None where the parser does not say.
    """

    problem: str
    remedy: str
    mark: Mark | None


TOO_DEEP = ("the sections are nested too deeply", "close the brackets that were opened")

# The parser's own texts are never passed on: they repeat pieces of the file, which may be a password.
_MEANINGS = (
    ("'\\t'", "a tab stands where YAML wants spaces", "indent with spaces only"),
    ("cannot start any token", "a value may not begin with this character", "put the value in quotes"),
    ("undefined alias", "no anchor (&) of this name stands above", 'put a text that begins with "*" in quotes'),
    (
        "mapping values are not allowed",
        "a colon stands where none may, or the line is indented wrongly",
        'put a text that holds ": " in quotes, and indent the keys of a section alike',
    ),
    ("expected ':'", "a key without a colon", "write key: value, with a space after the colon"),
    (
        "expected <block end>",
        "the line does not line up with those above",
        "indent the keys of a section, and the entries of a list, alike",
    ),
    (
        "expected ',' or",
        "a bracket is not closed, or a comma is missing",
        'write [a, b] or {key: value, key: value}; inside brackets ${NAME} needs quotes: "${NAME}"',
    ),
    ("unknown escape", "a backslash means something special in double quotes", "use single quotes instead"),
    ("maximum depth", *TOO_DEEP),
    ("another document", "a second document begins", "take out the line ---"),
)
_OTHERWISE = ("this is not YAML", "write key: value, indented with spaces, as in configs/pantau.yaml")


def explain_syntax(error: MarkedYAMLError) -> SyntaxFault:
    """Translate the parser's error; the text of the file is not repeated."""
    complaint, context = str(error.problem or ""), str(error.context or "")
    if "quoted scalar" in context and "end of stream" in complaint:
        return SyntaxFault("a quote opens here and is never closed", "close it with the same quote", error.context_mark)
    if "flow" in context and "stream end" in complaint:
        return SyntaxFault("a bracket opens here and is never closed", "close it", error.context_mark)
    problem, remedy = next(((p, r) for part, p, r in _MEANINGS if part in f"{complaint} {context}"), _OTHERWISE)
    return SyntaxFault(problem, remedy, error.problem_mark or error.context_mark)
