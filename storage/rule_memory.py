"""What rules remember: held by one writer at a time from transaction to transaction, and kept in the database.

A large city's batch changes the memory of thousands of rules, mostly by a watermark. Reading and writing a row of
`rule_state` for each would cost more than all the rest. So the writer that is the *keeper* holds everything in its own
memory, and a transaction that changes much adds one note of all that changed; rows follow a few at a time, and notes
whose every key has its row are deleted. Memory is always: rows, and over them the notes in their order.

Another writer becomes the keeper by writing its name into the one row of `memory_keeper`, which every transaction that
judges locks until it ends. Who finds another's name there, or none, reads everything anew.
"""

from collections import deque
from collections.abc import Collection, Mapping
from itertools import islice
from uuid import UUID, uuid4

import msgspec

from events.alarm import AlarmKey
from events.ids import RuleId, SourceId, ZoneId
from events.judgement import RuleState
from storage.arrays import text_array
from storage.database import Cursor
from storage.queries import query

FEW = 64
"""So many changed keys are written into their rows at once, without a note."""

STEP = 32
"""Rows written by a transaction at least, while there are notes."""

CYCLE = 256
"""Transactions after which every key of a note has its row, where they change much."""

SHARE = 8
"""Where they change little, they write a row for so many changes: the rows of a large city are not to cost a small
batch more than all else in it. Notes are more then, and shorter: a keeper that dies leaves a few for each key."""

GATHERED = 16
"""Notes deleted at a time."""

_Noted = tuple[str, str, RuleState, list[str]]
"""Source, zone, memory, and the rules that remember it."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[_Noted])


class RuleMemory:
    """The memory of one writer's rules. What a transaction did to it holds once that is committed; else `forget`."""

    def __init__(self) -> None:
        self._keeper: UUID | None = None
        self._states: dict[AlarmKey, RuleState] = {}
        self._unwritten: dict[AlarmKey, int] = {}
        """Keys whose row is behind, with the first note that names them, in the order of these notes."""
        self._notes: deque[int] = deque()

    def hold(self, cursor: Cursor) -> Mapping[AlarmKey, RuleState]:
        """Lock the memory until the transaction ends and return all of it.

        Args:
            cursor: In a transaction of isolation level read committed.
        """
        row = cursor.execute(query("lock_memory_keeper")).fetchone()
        if row is None or row[0] != self._keeper:
            self._take_over(cursor)
        return self._states

    def keep(self, cursor: Cursor, changed: Mapping[AlarmKey, RuleState]) -> None:
        """Keep what has changed, in the transaction that holds the memory."""
        self._states.update(changed)
        # A set of a dictionary, and what that is not in another: nothing is hashed a second time, which names would be.
        fresh = set(changed).difference(self._unwritten)
        if len(self._unwritten) + len(fresh) <= FEW:
            self._write(cursor, {*self._unwritten, *changed})
            self._unwritten.clear()
        else:
            if changed:
                number = _note(cursor, changed)
                self._notes.append(number)
                self._unwritten.update(dict.fromkeys(fresh, number))
            rows = max(STEP, min(len(self._unwritten) // CYCLE, len(changed) // SHARE))
            step = list(islice(self._unwritten, rows))
            self._write(cursor, step)
            for key in step:
                del self._unwritten[key]
        self._delete_notes(cursor)

    def forget(self) -> None:
        """Forget everything: it may be ahead of the database, where it is read again when it is needed."""
        self._keeper = None

    def _take_over(self, cursor: Cursor) -> None:
        """Become the keeper: read everything, and bring the rows up to the notes of the one before."""
        self._keeper = uuid4()
        cursor.execute(query("take_memory"), {"keeper": self._keeper})
        self._unwritten.clear()
        self._notes.clear()
        self._states = {
            AlarmKey(RuleId(rule), SourceId(source), ZoneId(zone)): RuleState(
                watermark, pending_since, clear_since, tuple(observations), kept
            )
            for rule, source, zone, watermark, pending_since, clear_since, observations, kept in cursor.execute(
                query("rule_states")
            )
        }
        noted: dict[AlarmKey, RuleState] = {}
        for number, text in cursor.execute(query("rule_notes")).fetchall():
            self._notes.append(number)
            for source, zone, state, rules in _decoder.decode(text):
                noted |= {AlarmKey(RuleId(rule), SourceId(source), ZoneId(zone)): state for rule in rules}
        self._states |= noted
        self._write(cursor, noted)
        self._delete_notes(cursor)

    def _write(self, cursor: Cursor, keys: Collection[AlarmKey]) -> None:
        if not keys:
            return
        states = [self._states[key] for key in keys]
        parameters = {
            "rules": text_array([key.rule for key in keys]),
            "sources": text_array([key.source for key in keys]),
            "zones": text_array([key.zone for key in keys]),
            "watermarks": [state.watermark for state in states],
            "pending_sinces": [state.pending_since for state in states],
            "clear_sinces": [state.clear_since for state in states],
            # Texts, each an array: an array of arrays of different lengths is none that SQL knows.
            "observations": text_array([f"{{{','.join(map(str, state.observations))}}}" for state in states]),
            "kepts": text_array([state.kept for state in states]),
        }
        cursor.execute(query("write_rule_states"), parameters)

    def _delete_notes(self, cursor: Cursor) -> None:
        """Delete the notes that are in the rows whole, when enough of them have gathered."""
        first = next(iter(self._unwritten.values()), None)
        last: int | None = None
        if first is None:
            last = self._notes[-1] if self._notes else None
        elif len(self._notes) > GATHERED and self._notes[GATHERED] <= first:
            last = first - 1
        if last is None:
            return
        while self._notes and self._notes[0] <= last:
            self._notes.popleft()
        cursor.execute(query("delete_rule_notes"), {"last": last})


def _note(cursor: Cursor, changed: Mapping[AlarmKey, RuleState]) -> int:
    """Add a note of what has changed and return its number."""
    text = _encoder.encode(_noted(changed)).decode()
    (number,) = cursor.execute(query("add_rule_note"), {"states": text}).fetchone() or (0,)
    return int(number)


def _noted(changed: Mapping[AlarmKey, RuleState]) -> list[_Noted]:
    """Lay out memory for a note: rules that have one of a source in common stand together mostly, and share a line."""
    noted: list[_Noted] = []
    last: RuleState | None = None
    of, within, rules = "", "", [""]
    for (rule, source, zone), state in changed.items():
        if state is last and source == of and zone == within:
            rules.append(rule)
        else:
            last, of, within, rules = state, source, zone, [rule]
            noted.append((source, zone, state, rules))
    return noted
