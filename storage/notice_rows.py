"""Notices as rows, and back."""

from collections.abc import Mapping
from typing import Any

from events.notice import Notice


def to_row(notice: Notice) -> dict[str, object]:
    """Return the columns of table `notice` that a new one has."""
    return {
        "id": notice.id,
        "alarm_id": notice.alarm,
        "raised_at": notice.raised_at,
        "step": notice.step,
        "channel": notice.channel,
        "due_at": notice.due_at,
    }


def from_row(row: Mapping[str, Any]) -> Notice:
    """Return the notice of a row of table `notice`."""
    return Notice(
        id=row["id"],
        alarm=row["alarm_id"],
        raised_at=row["raised_at"],
        step=row["step"],
        channel=row["channel"],
        due_at=row["due_at"],
    )
