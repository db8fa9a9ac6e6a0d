"""What is known of a zone's pile, kept over restarts."""

from datetime import UTC, datetime, timedelta

import structlog

from events.errors import StorageError
from events.ids import ZoneId
from vision.detector import ReferenceStore
from vision.hysteresis import Hysteresis

log = structlog.get_logger(__name__)

TELL_EVERY_S = 60.0
OPEN_WITHIN = timedelta(days=1)
"""A pile that was there a day ago and still is, is the same one."""
PENDING_WITHIN = timedelta(minutes=15)
"""A restart of a few minutes must not make a slow pile wait for its whole hold time again."""

_TOLD, _SINCE, _TURNING, _TURNED = "told_at", "since_at", "turning_since_at", "turned_s"


class PileMemory:
    """Writes down whether a pile lies there, or how long it has been coming, and brings it back once."""

    def __init__(self, zone: ZoneId | None, references: ReferenceStore) -> None:
        self._zone = zone
        self._references = references
        self._facts = dict(references.recall(zone))
        self._told_s: float | None = None
        self._told: tuple[float | None, bool] = (None, False)

    def bring_back(self, pile: Hysteresis, t_s: float, at: datetime, *, still: bool) -> None:
        """Let a fresh condition go on where the last run stopped; does something only the first time.

        Args:
            pile: The condition.
            t_s: Now on the view's clock.
            at: Now, aware UTC.
            still: Whether what is seen now fits a pile.
        """
        facts, self._facts = self._facts, {}
        if _TOLD not in facts or not still:
            return
        away = at - datetime.fromtimestamp(facts[_TOLD], UTC)
        since_s = turning_s = None
        if _SINCE in facts and timedelta() <= away <= OPEN_WITHIN:
            since_s = t_s - (at.timestamp() - facts[_SINCE])
        elif _TURNING in facts and timedelta() <= away <= PENDING_WITHIN:
            turning_s = t_s - (at.timestamp() - facts[_TURNING])
        if since_s is not None or turning_s is not None:
            pile.resume(since_s=since_s, turning_since_s=turning_s, turned_s=facts.get(_TURNED, 0.0))
            log.info("a pile known before the restart is still there", zone=self._zone, begun=since_s is not None)

    def keep(self, pile: Hysteresis, t_s: float, at: datetime) -> None:
        """Write down how it stands: at once when that changed, else once a minute while there is anything to tell."""
        coming = pile.since_s is None and pile.pending
        stands = pile.since_s, coming
        if stands == self._told and (
            self._told_s is None or t_s - self._told_s < TELL_EVERY_S or stands == (None, False)
        ):
            return
        self._told, self._told_s = stands, t_s
        facts = {_TOLD: at.timestamp()}
        if pile.since_s is not None:
            facts[_SINCE] = at.timestamp() - (t_s - pile.since_s)
        elif pile.turning_since_s is not None:
            facts |= {_TURNING: at.timestamp() - (t_s - pile.turning_since_s), _TURNED: pile.turned_s}
        try:
            self._references.remember(self._zone, facts)
        except StorageError as error:
            log.warning("a restart would forget this zone's pile", zone=self._zone, reason=str(error))
