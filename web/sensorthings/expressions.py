"""The language of $filter and $orderby (OData 4.0 as OGC 18-088, 9.3.3.5, has it), as expressions with types.

A grammar of our own, because the standard's language is its own too: `substringof` is OData 3's, times stand without
quotes, periods are values, and what is known but not offered (shapes) must be told from what is misspelt.
"""

from collections.abc import Callable, Sequence
from typing import Final

from events.sensorthings import (
    ARITHMETIC,
    MODELS,
    SIGNATURES,
    Both,
    Call,
    Compare,
    Expression,
    Kind,
    Literal,
    Model,
    Not,
    Path,
    Type,
)
from web.sensorthings.refusals import malformed, not_here
from web.sensorthings.words import Word, words_of

DEEPEST: Final = 40
"""Most parentheses, functions and negations within each other."""

MOST_CONDITIONS: Final = 100
MOST_LINKS: Final = 4

_COMPARISONS: Final = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})

_HIDDEN: Final = frozenset({"later", "earlier", "elapsed", *ARITHMETIC})

_SHAPES: Final = frozenset(
    {
        *("geo.distance", "geo.length", "geo.intersects", "st_equals", "st_disjoint", "st_touches", "st_within"),
        *("st_overlaps", "st_crosses", "st_intersects", "st_contains", "st_relate"),
    }
)

_INSTANTS: Final = frozenset({Type.TIME, Type.PERIOD})


def condition_of(text: str, kind: Kind) -> Expression:
    """Return a condition on entities of a kind.

    Raises:
        ProblemError: 400 where it cannot be understood, 501 where the standard knows it and this server does not.
    """
    found = _Grammar(text, kind).whole()
    if found.type is not Type.TRUTH:
        raise malformed(f"$filter: want a condition, not {found.type}")
    return found


def value_of(text: str, kind: Kind) -> Expression:
    """Return a value of entities of a kind, to order by.

    Raises:
        ProblemError: as `condition_of`.
    """
    return _Grammar(text, kind).whole()


class _Grammar:
    """Reads one expression, one word ahead."""

    def __init__(self, text: str, kind: Kind) -> None:
        self._words = words_of(text)
        self._place = 0
        self._kind = kind
        self._depth = 0
        self._conditions = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._word.kind != "end":
            raise self._unexpected("and, or, a comparison, or the end")
        return found

    @property
    def _word(self) -> Word:
        return self._words[self._place]

    def _take(self) -> Word:
        word = self._word
        self._place += 1
        return word

    def _says(self, *names: str) -> bool:
        return self._word.kind == "name" and self._word.text in names

    def _unexpected(self, wanted: str) -> Exception:
        return malformed(f"at character {self._word.at}: want {wanted}, not {self._word.text}")

    def _mark(self, mark: str) -> None:
        if self._word.kind != "mark" or self._word.text != mark:
            raise self._unexpected(mark)
        self._place += 1

    def _deeper(self, by: int) -> None:
        self._depth += by
        if self._depth > DEEPEST:
            raise malformed(f"at character {self._word.at}: at most {DEEPEST} levels stand within each other")

    def _either(self) -> Expression:
        left = self._every()
        while self._says("or"):
            left = self._both(left, self._every)
        return left

    def _every(self) -> Expression:
        left = self._compared()
        while self._says("and"):
            left = self._both(left, self._compared)
        return left

    def _both(self, left: Expression, more: Callable[[], Expression]) -> Expression:
        word = self._take()
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise malformed(f"at character {word.at}: a question has at most {MOST_CONDITIONS} conditions")
        right = more()
        for side in (left, right):
            if side.type is not Type.TRUTH:
                raise malformed(f"at character {word.at}: `{word.text}` joins conditions, not {side.type}")
        return Both(word.text, left, right)

    def _compared(self) -> Expression:
        if self._says("not"):
            word = self._take()
            self._deeper(1)
            inner = self._compared()
            self._deeper(-1)
            if inner.type is not Type.TRUTH:
                raise malformed(f"at character {word.at}: `not` turns a condition round, not {inner.type}")
            return Not(inner)
        left = self._sum()
        if not self._says(*_COMPARISONS):
            return left
        word = self._take()
        right = self._sum()
        if not _comparable(left, right):
            raise malformed(f"at character {word.at}: {left.type} and {right.type} cannot be compared")
        return Compare(word.text, left, right)

    def _sum(self) -> Expression:
        left = self._product()
        while self._says("add", "sub"):
            word = self._take()
            left = _added(word, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._primary()
        while self._says("mul", "div", "mod"):
            word = self._take()
            left = _called(word, word.text, (left, self._primary()))
        return left

    def _primary(self) -> Expression:
        word = self._word
        if word.kind == "literal" and word.literal is not None:
            self._place += 1
            return word.literal
        if word.kind == "mark" and word.text == "(":
            self._place += 1
            self._deeper(1)
            inner = self._either()
            self._deeper(-1)
            self._mark(")")
            return inner
        if word.kind != "name":
            raise self._unexpected("a value, a property or a function")
        following = self._words[self._place + 1]
        return self._function() if following.kind == "mark" and following.text == "(" else self._path()

    def _function(self) -> Expression:
        word = self._take()
        self._mark("(")
        if word.text in _SHAPES:
            raise not_here(f"{word.text}: this server knows no questions about shapes; ask by `properties/kecamatan`")
        if word.text not in SIGNATURES or word.text in _HIDDEN:
            known = ", ".join(sorted(SIGNATURES.keys() - _HIDDEN))
            raise malformed(f"at character {word.at}: there is no function {word.text}; known are: {known}")
        self._deeper(1)
        arguments: list[Expression] = []
        while self._word.text != ")" or self._word.kind != "mark":
            if arguments:
                self._mark(",")
            arguments.append(self._either())
        self._deeper(-1)
        self._mark(")")
        return _called(word, word.text, tuple(arguments))

    def _path(self) -> Expression:
        model = MODELS[self._kind]
        links: list[str] = []
        while True:
            word = self._take()
            if word.kind != "name":
                self._place -= 1
                raise self._unexpected("the name of a property")
            name = "id" if word.text == "@iot.id" else word.text
            if name in model.properties:
                return self._property(tuple(links), name, model)
            if name not in model.links:
                known = ", ".join([*model.properties, *model.links])
                raise malformed(f"at character {word.at}: there is no {name} here; known are: {known}")
            links.append(name)
            if len(links) > MOST_LINKS:
                raise malformed(f"at character {word.at}: a way has at most {MOST_LINKS} links")
            model = MODELS[model.links[name].target]
            self._mark("/")

    def _property(self, links: tuple[str, ...], name: str, model: Model) -> Path:
        inside: list[str] = []
        while self._word.kind == "mark" and self._word.text == "/":
            if model.properties[name] is not Type.JSON:
                raise malformed(f"at character {self._word.at}: {name} has nothing inside")
            self._place += 1
            word = self._take()
            if word.kind not in {"name", "literal"} or len(inside) >= DEEPEST:
                self._place -= 1
                raise self._unexpected("the name of a member")
            inside.append(word.text)
        return Path(links, name, tuple(inside), model.properties[name])


def _comparable(left: Expression, right: Expression) -> bool:
    types = {left.type, right.type}
    if Type.NOTHING in types or len(types) == 1 or types == _INSTANTS:
        return True
    return Type.JSON in types and bool(types & {Type.NUMBER, Type.TEXT, Type.TRUTH})


def _added(word: Word, left: Expression, right: Expression) -> Expression:
    if left.type in _INSTANTS and right.type is Type.DURATION:
        return Call("later" if word.text == "add" else "earlier", (left, right), Type.TIME)
    if word.text == "sub" and left.type in _INSTANTS and right.type in _INSTANTS:
        return Call("elapsed", (left, right), Type.DURATION)
    return _called(word, word.text, (left, right))


def _called(word: Word, name: str, arguments: tuple[Expression, ...]) -> Expression:
    takes, gives = SIGNATURES[name]
    fewest = len(takes) - 1 if name == "substring" else len(takes)
    if not fewest <= len(arguments) <= len(takes):
        raise malformed(f"at character {word.at}: {name} takes {len(takes)} values, not {len(arguments)}")
    for argument, wanted in zip(arguments, takes, strict=False):
        if not _fits(argument, wanted):
            raise malformed(f"at character {word.at}: {name} takes {_listed(takes)}, not {argument.type}")
    return Call(name, arguments, gives)


def _fits(argument: Expression, wanted: Type) -> bool:
    if argument.type is wanted:
        return True
    if argument.type is Type.PERIOD:
        return wanted is Type.TIME and not isinstance(argument, Literal)
    return argument.type is Type.JSON and wanted is Type.TEXT


def _listed(types: Sequence[Type]) -> str:
    return ", ".join(types) or "nothing"
