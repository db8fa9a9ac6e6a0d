"""The smart-city plan: its dimensions and programmes, as shipped in `programs.yaml`."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter
from ruamel.yaml import YAML

from configs.model import Name, Section, Slug

_FILE = Path(__file__).with_name("programs.yaml")


class Programme(Section):
    """A programme of the plan."""

    id: Slug
    name: Name


class Dimension(Section):
    """One of the plan's six dimensions."""

    id: Slug
    name: Name
    programmes: Annotated[tuple[Programme, ...], Field(min_length=1)]


@cache
def dimensions() -> tuple[Dimension, ...]:
    """Return the plan, in its order."""
    return TypeAdapter(tuple[Dimension, ...]).validate_python(YAML(typ="safe").load(_FILE))


@cache
def programme_ids() -> tuple[str, ...]:
    """Return the ids of all programmes, in the plan's order."""
    return tuple(programme.id for dimension in dimensions() for programme in dimension.programmes)
