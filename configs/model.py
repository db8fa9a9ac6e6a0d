"""What every part of the site file has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from events.ids import SLUG_PATTERN

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
Secret = SecretStr
"""Write `${NAME}` or `file:/path` in the site file, never the secret itself."""


class Section(BaseModel):
    """A part of the site file: unknown keys are refused, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
