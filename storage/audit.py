"""The account of who changed what."""

import json
from collections.abc import Mapping
from datetime import datetime

from storage.database import Connection


def record(
    connection: Connection, *, actor: str, action: str, subject: str, now: datetime, detail: Mapping[str, object]
) -> None:
    """Add a line to the audit log, within the caller's transaction.

    Args:
        connection: In the transaction that makes the change.
        actor: Who.
        action: What, such as `device.rotate`.
        subject: Of what, such as a device's id.
        now: When, aware UTC.
        detail: More, never a secret.
    """
    connection.execute(
        "INSERT INTO audit_log (at, actor, action, subject, detail) VALUES (%s, %s, %s, %s, %s)",
        [now, actor, action, subject, json.dumps(detail)],
    )
