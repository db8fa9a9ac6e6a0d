"""What the models expect at a place of the file."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from configs.model import KeyPath, Section

Shape = tuple[object, ...]
"""The alternatives at a place: scalar types, Section classes, tuple and dict types; None for an empty value."""

DISCRIMINATOR = "kind"
"""Key by which a union of sections is told apart."""


def shape_of(annotation: object) -> Shape:
    """Return the alternatives of a type annotation, unions and `Annotated` opened."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape_of(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return tuple(option for part in get_args(annotation) for option in shape_of(part))
    return (annotation,)


def below(shape: Shape, key: str | int) -> Shape:
    """Return what is expected one key or list position further down; empty where nothing is."""
    found: list[object] = []
    for option in shape:
        arguments = get_args(option)
        if get_origin(option) is tuple and isinstance(key, int):
            found += shape_of(arguments[0] if arguments[-1] is ... else arguments[min(key, len(arguments) - 1)])
        elif get_origin(option) is dict and isinstance(key, str):
            found += shape_of(arguments[1])
        elif isinstance(key, str) and (field := field_of((option,), key)) is not None:
            found += shape_of(field.annotation)
    return tuple(found)


def sections_of(shape: Shape, value: object = None) -> tuple[type[Section], ...]:
    """Return the sections that may stand at a place; with the value there, only those of its kind."""
    sections = tuple(option for option in shape if isinstance(option, type) and issubclass(option, Section))
    if len(sections) > 1 and isinstance(value, Mapping) and DISCRIMINATOR in value:
        return tuple(section for section in sections if value[DISCRIMINATOR] in kinds_of(section))
    return sections


def kinds_of(section: type[Section]) -> tuple[str, ...]:
    """Return the values of `kind` that mean this section."""
    field = section.model_fields.get(DISCRIMINATOR)
    return tuple(str(kind) for kind in get_args(field.annotation)) if field is not None else ()


def field_of(shape: Shape, key: str) -> FieldInfo | None:
    """Return the description of a key, from the first section that has it."""
    return next((section.model_fields[key] for section in sections_of(shape) if key in section.model_fields), None)


def holds_secret(shape: Shape) -> bool:
    """Tell whether the value at a place may be a secret."""
    return SecretStr in shape


def holds_list(shape: Shape) -> bool:
    """Tell whether a list is expected."""
    return any(get_origin(option) is tuple for option in shape)


def may_be_empty(shape: Shape) -> bool:
    """Tell whether an empty value is among the alternatives."""
    return type(None) in shape


def holds_number_only(shape: Shape) -> bool:
    """Tell whether a number is expected and no truth value."""
    return bool({int, float} & set(_plain_types(shape))) and bool not in shape


def _plain_types(shape: Shape) -> tuple[type, ...]:
    return tuple(option for option in shape if isinstance(option, type))


def place_of(shape: Shape, value: object, location: KeyPath) -> tuple[KeyPath, Shape, Shape]:
    """Translate pydantic's location of an error into keys of the file.

    Pydantic inserts the kind of a union's section, `[key]`, and names of JSON types; the file has none of them.

    Args:
        shape: What is expected at the top.
        value: What is there.
        location: Pydantic's `loc`.

    Returns:
        Keys of the file; what is expected there; what is expected one level above.
    """
    path: list[str | int] = []
    above: Shape = ()
    for part in location:
        several = sections_of(shape)
        if len(several) > 1 and isinstance(part, str):
            shape = tuple(section for section in several if part in kinds_of(section))
            continue
        is_there, inside = _entry(value, part)
        expected = below(shape, part)
        if is_there or expected:
            path.append(part)
            above, shape, value = shape, expected, inside
    return tuple(path), shape, above


def _entry(value: object, part: str | int) -> tuple[bool, object]:
    if isinstance(value, Mapping) and part in value:
        return True, value[part]
    if isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
        return True, value[part]
    return False, None
