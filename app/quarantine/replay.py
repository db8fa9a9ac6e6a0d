"""Takes messages in once more that were refused, after what was wrong has been mended."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from alerts.engine import Engine
from app.database import pictures
from app.rules.in_force import with_rules
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.intake import Intake
from events.message import Delivery, Message
from events.quantities import CAMERA_QUANTITIES
from events.quarantine import Quarantined
from runtime.clock import Clock, utc_now
from storage.quarantined import Quarantine, Selection
from storage.rule_versions import read_rules
from storage.writer import Writer

CUT = "cut"
"""Outcome of a message that is not there as a whole."""


@dataclass(slots=True)
class Replayed:
    """What became of the messages.

    Attributes:
        taken: Messages accepted now and gone from quarantine.
        rows: Readings stored with them for the first time.
        left: Messages still refused, by reason; they stay where they are.
    """

    taken: int = 0
    rows: int = 0
    left: Counter[str] = field(default_factory=Counter)


def replay(
    site: SiteFile,
    url: str,
    selection: Selection,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    clock: Clock = utc_now,
) -> Replayed:
    """Decode the selected messages by the present site file and commit what is understood now.

    Their time of receiving is the old one, so a message without a time of its own keeps it. A message is dropped from
    quarantine after its commit; killed in between, the next replay finds it stored and drops it then.

    Args:
        site: The site file as it is now.
        url: Database address.
        selection: Which messages.
        on_progress: Told how many were looked at so far.
        clock: Tells the time at which rules judge.

    Raises:
        StorageError: the database is away; what was taken so far is stored.
    """
    decoder = Decoder(Registry.from_site(site), clock)
    units = {metric: quantity.unit for metric, quantity in CAMERA_QUANTITIES.items()}
    versions = read_rules(url)
    judged = with_rules(site, versions) if versions else site
    writer = Writer(url, Engine(judged, camera_units=units), pictures(site), clock, camera_units=units)
    outcome = Replayed()
    seen = 0
    try:
        with Quarantine(url) as quarantine:
            for page in quarantine.pages(selection):
                _replay_page(quarantine, writer, decoder, page, outcome)
                seen += len(page)
                on_progress(seen)
    finally:
        writer.close()
    return outcome


def _replay_page(
    quarantine: Quarantine, writer: Writer, decoder: Decoder, page: Sequence[Quarantined], outcome: Replayed
) -> None:
    understood: list[tuple[int, Intake]] = []
    for kept in page:
        if not kept.whole:
            outcome.left[CUT] += 1
            continue
        intake = decoder.decode(_message(kept))
        if intake.rejection is not None:
            outcome.left[intake.rejection.reason] += 1
        else:
            understood.append((kept.id, intake))
    if not understood:
        return
    report = writer.commit([intake for _, intake in understood])
    quarantine.drop([number for number, _ in understood])
    # What contradicts a stored reading went back into quarantine as just that.
    for _, rejection in report.rejections:
        outcome.left[rejection.reason] += 1
    outcome.taken += len(understood) - len(report.rejections)
    outcome.rows += report.rows


def _message(kept: Quarantined) -> Message:
    return Message(kept.topic, kept.payload, kept.received_at, retained=False, delivery=Delivery(0, 0))
