"""Warnings to the public in the Common Alerting Protocol: who sends them, and for which rules."""

from typing import Annotated, Literal

from pydantic import Field

from configs.model import Section

Warned = Literal["kerumunan", "tumpukan_sampah", "rob", "hujan_lebat", "kualitas_udara", "kebakaran"]
"""What the public can be warned of."""


class Warnings(Section):
    """How the city's CAP messages are signed."""

    sender: Annotated[
        str,
        Field(
            pattern=r"^[^\s,<&]+$",
            description="Who sends, guaranteed by you to be unique in the world; no spaces, commas, < or &.",
            examples=["bpbd@rembangkab.go.id"],
        ),
    ]
    sender_name: Annotated[
        str | None, Field(min_length=1, description="Name of the sending office; left out = the city's name.")
    ] = None
    contact: Annotated[str | None, Field(min_length=1, description="Whom to ask, printed in every message.")] = None
    radius_km: Annotated[float, Field(gt=0, le=100, description="Radius around the site that is warned.")] = 1.5
    exercise: Annotated[
        bool, Field(description="True marks every message as a drill (status Exercise); a demo always does.")
    ] = False
