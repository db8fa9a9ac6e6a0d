"""Who is told of alarms that nobody accepts: channels, steps by priority, and a heartbeat for somebody outside."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from configs.control_room import ClockTime
from configs.model import Contradiction, Seconds, Secret, Section, Slug, entries, quoted, repeated
from configs.rules import PriorityName


class QuietHours(Section):
    """When a channel is not to be disturbed, in the city's time; what is due then is told at their end."""

    start: Annotated[ClockTime, Field(description="When they begin.", examples=["22:00"])]
    end: Annotated[ClockTime, Field(description="When they end; earlier than the beginning means the next morning.")]


class Channel(Section):
    """One way to reach somebody."""

    id: Annotated[Slug, Field(description="Identifier, unique among channels.", examples=["telegram-bpbd"])]
    url: Annotated[
        Secret,
        Field(description="Apprise address of the receiver: tgram://, mailto://, json://, ... It holds a secret."),
    ]
    per_hour: Annotated[int, Field(ge=1, le=3600, description="Most messages in an hour; what is above waits.")] = 60
    quiet: Annotated[
        QuietHours | None, Field(description="Hours of rest; alarms of priority darurat come all the same.")
    ] = None


class Step(Section):
    """Whom to tell when nobody has accepted an alarm for so long."""

    after_s: Annotated[Seconds, Field(description="Seconds without acceptance; 0 tells at once.")] = 0.0
    to: Annotated[tuple[Slug, ...], Field(min_length=1, description="Ids of channels.")]


class WebHook(Section):
    """A program that is told of alarms as Alertmanager would tell it (web hook payload, version 4)."""

    id: Annotated[Slug, Field(description="Identifier, unique among web hooks.", examples=["oncall"])]
    url: Annotated[Secret, Field(description="Address that is posted to; it may hold a secret.")]
    priorities: Annotated[
        tuple[PriorityName, ...] | None, Field(description="Only alarms of these; left out = all.")
    ] = None


class Heartbeat(Section):
    """A call to somebody outside, who notices when it stays away: that Pantau itself is silent."""

    url: Annotated[Secret, Field(description="Address called by GET while Pantau hears; it may hold a secret.")]
    every_s: Annotated[Seconds, Field(ge=1, description="Seconds between calls.")] = 60.0


class Notifications(Section):
    """Messages to people."""

    channels: Annotated[tuple[Channel, ...], Field(description="Ways to reach people.")] = ()
    escalation: Annotated[
        dict[PriorityName, tuple[Step, ...]],
        Field(default_factory=dict, description="Steps for each priority; a priority left out tells nobody."),
    ]
    webhooks: Annotated[tuple[WebHook, ...], Field(description="Programs that are told as Alertmanager tells.")] = ()
    heartbeat: Annotated[Heartbeat | None, Field(description="A sign of life for somebody outside.")] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield channels or web hooks named twice, and steps to channels that are not there."""
        for position, _, hook in repeated(values, "webhooks"):
            yield Contradiction(
                path=("webhooks", position, "id"),
                problem=f"{quoted(hook)} is there already",
                remedy="give each web hook an id of its own",
            )
        known: set[object] = set()
        for position, channel in entries(values, "channels"):
            name = channel.get("id")
            if name in known:
                yield Contradiction(
                    path=("channels", position, "id"),
                    problem=f"{quoted(str(name))} is there already",
                    remedy="give each channel an id of its own",
                )
            known.add(name)
        escalation = values.get("escalation")
        for priority, steps in escalation.items() if isinstance(escalation, Mapping) else ():
            for number, step in enumerate(steps if isinstance(steps, list | tuple) else ()):
                to = step.get("to") if isinstance(step, Mapping) else None
                for place, name in enumerate(to if isinstance(to, list | tuple) else ()):
                    if name not in known:
                        yield Contradiction(
                            path=("escalation", str(priority), number, "to", place),
                            problem=f"no channel is called {quoted(str(name))}",
                            remedy="name the id of a channel above",
                        )
