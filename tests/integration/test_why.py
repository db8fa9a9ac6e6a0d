"""Why an alarm came: from a device's clock to somebody's telephone."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

from alerts.engine import Engine
from alerts.operating import acknowledge
from alerts.timeline import timeline
from app.alarms.why import explain
from app.notify.sending import Notifier
from configs.notifications import Notifications
from configs.rules import ThresholdRule
from events.command import Command
from events.errors import ConfigError
from storage.alarms import AlarmStore
from storage.notices import NoticeBox
from storage.pictures import PictureStore
from storage.traces import TraceStore
from storage.writer import Writer
from tests.integration.test_notifications import Telephone
from tests.material import at, telemetry
from tests.unit.alerts.town import TIDE, town

RULE = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, priority="tinggi").numbered(3)
SITE = town(RULE).model_copy(
    update={
        "notifications": Notifications.model_validate(
            {"channels": [{"id": "duty", "url": "json://x"}], "escalation": {"tinggi": [{"to": ["duty"]}]}}
        )
    }
)


def test_one_timeline_leads_from_the_device_to_the_acknowledgement(each_database: str, tmp_path: Path) -> None:
    writer = Writer(each_database, Engine(SITE), PictureStore(tmp_path), lambda: at(3))
    message = telemetry(TIDE, 0, {"level": 1.3})
    (record,) = writer.commit([message]).records
    writer.close()
    alarm_id = record.change.alarm.id
    with NoticeBox(each_database) as box:
        Notifier(SITE, box, receivers={"duty": Telephone()}, clock=lambda: at(4)).turn()

    async def accept() -> None:
        async with AlarmStore(each_database) as alarms:
            await alarms.change(alarm_id, lambda alarm: acknowledge(alarm, Command(actor="siti", at=at(60))))

    async def moments() -> list[str]:
        async with TraceStore(each_database) as traces:
            trace = await traces.trace(alarm_id, {"rob": "level"})
            assert trace is not None
            told = timeline(trace)
            assert [one.at for one in told] == sorted(one.at for one in told)
            assert told[-1].after_s == pytest.approx(56)
            return [one.what for one in told]

    asyncio.run(accept())
    assert asyncio.run(moments()) == ["measured", "met", "received", "raised", "due", "told", "acknowledged"]
    out = Console(record=True, width=160)
    explain(SITE, each_database, str(alarm_id), out)
    text = out.export_text()
    for words in (
        "tide-01 measured level 1.3 (ok)",
        "rule rob (version 3) was met",
        "duty: sent after 1 tries",
        "by siti",
    ):
        assert words in text
    with pytest.raises(ConfigError, match="there is no alarm"):
        explain(SITE, each_database, str(uuid4()), out)
    with pytest.raises(ConfigError, match="names no alarm"):
        explain(SITE, each_database, "17", out)
