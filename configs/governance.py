"""Which datasets the offices owe, how often, and who is told each day what is missing."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from configs.control_room import ClockTime
from configs.model import Contradiction, KeyPath, Section, Slug, entries, quoted, repeated
from configs.named import ids_of, reference
from configs.programs import programme_ids


class Dataset(Section):
    """Something an office has to deliver, described as Satu Data (Perpres 39/2019) asks."""

    id: Annotated[Slug, Field(description="Identifier, unique among datasets and sources.", examples=["destana"])]
    title: Annotated[str, Field(min_length=1, description="Its name.", examples=["Desa Tangguh Bencana"])]
    opd: Annotated[Slug, Field(description="Id of the office that produces it (produsen data).", examples=["bpbd"])]
    programme: Annotated[
        Slug | None, Field(description="Programme of the smart-city plan it belongs to; see configs/programs.yaml.")
    ] = None
    every_days: Annotated[
        int, Field(ge=1, le=31, description="Days within which it must be updated; the rule is every day.")
    ] = 1
    source: Annotated[
        Slug | None,
        Field(description="Id of a sensor by which it reports over MQTT; left out = it reports over the API."),
    ] = None
    walidata: Annotated[Slug | None, Field(description="Id of the office that checks and publishes it.")] = None
    definition: Annotated[str | None, Field(min_length=1, description="What the data says.")] = None
    unit: Annotated[str | None, Field(min_length=1, description="Unit of measure.")] = None
    method: Annotated[str | None, Field(min_length=1, description="How it is collected.")] = None
    classification: Annotated[str | None, Field(min_length=1, description="Open, limited, closed.")] = None
    region: Annotated[
        str, Field(pattern=r"^\d{2}(\.\d{2}){0,2}(\.\d{4})?$", description="Kemendagri code it covers, as text.")
    ] = "33.17"
    licence: Annotated[str | None, Field(min_length=1, description="Under which it may be used.")] = None
    contact: Annotated[str | None, Field(min_length=1, description="Whom to ask; left out = the office.")] = None


class Digest(Section):
    """A message each day about what was not delivered the day before."""

    at: Annotated[ClockTime, Field(description="When it is sent, in the city's time.")] = "07:30"
    to: Annotated[tuple[Slug, ...], Field(min_length=1, description="Ids of channels of notifications.")]


class Governance(Section):
    """The register of datasets. Cameras and sensors are in it by themselves, due every day."""

    walidata: Annotated[Slug | None, Field(description="Id of the office that checks datasets that name none.")] = None
    datasets: Annotated[tuple[Dataset, ...], Field(description="What is delivered besides cameras and sensors.")] = ()
    digest: Annotated[Digest | None, Field(description="The daily message; left out = none.")] = None


def governance_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield ids used twice, and offices, programmes, sensors and channels that are not there.

    Args:
        values: The site file's keys, perhaps with other mistakes in them; those are passed over.
    """
    governance = values.get("governance")
    if not isinstance(governance, Mapping):
        return
    offices, sensors = ids_of(values, "offices"), ids_of(values, "sensors")
    taken = [*sensors, *ids_of(values, "cameras")]
    yield from reference(("governance", "walidata"), governance.get("walidata"), "offices", offices)
    for position, first, identifier in repeated(governance, "datasets"):
        yield Contradiction(
            path=("governance", "datasets", position, "id"),
            problem=f"entries {first + 1} and {position + 1} of datasets both have the id {quoted(identifier)}",
            remedy="give each an id of its own",
        )
    for position, dataset in entries(governance, "datasets"):
        at: KeyPath = ("governance", "datasets", position)
        if dataset.get("id") in taken:
            yield Contradiction(
                path=(*at, "id"),
                problem=f"a camera or sensor has the id {quoted(dataset['id'])} already, and is in the register",
                remedy="choose another id; to report over that sensor, write its id as source",
            )
        yield from reference((*at, "opd"), dataset.get("opd"), "offices", offices)
        yield from reference((*at, "walidata"), dataset.get("walidata"), "offices", offices)
        yield from reference((*at, "source"), dataset.get("source"), "sensors", sensors)
        yield from reference((*at, "programme"), dataset.get("programme"), "the programmes", programme_ids())
    yield from _channels(values, governance.get("digest"))


def _channels(values: Mapping[str, object], digest: object) -> Iterator[Contradiction]:
    notifications = values.get("notifications")
    known = ids_of(notifications, "channels") if isinstance(notifications, Mapping) else []
    to = digest.get("to") if isinstance(digest, Mapping) else None
    for place, channel in enumerate(to if isinstance(to, list | tuple) else ()):
        yield from reference(("governance", "digest", "to", place), channel, "the channels of notifications", known)
