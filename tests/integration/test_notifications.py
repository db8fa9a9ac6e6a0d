"""Messages to people: a real database, a real SMTP and a real HTTP receiver."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.engine import Engine
from alerts.operating import acknowledge
from app.notify.message import Message
from app.notify.sending import FIRST_PAUSE, AppriseReceiver, Notifier, Pulse, Receiver
from configs.notifications import Channel, Heartbeat, Notifications
from configs.rules import ThresholdRule
from configs.site import SiteFile
from events.alarm import AlarmRecord, Priority
from events.command import Command
from events.errors import ConfigError
from storage.alarms import AlarmStore
from storage.notices import LEASE, NoticeBox
from storage.pictures import PictureStore
from storage.writer import Writer
from tests.material import at, telemetry
from tests.ports import free_ports
from tests.unit.alerts.town import TIDE, town

HIGH = ThresholdRule(id="rob", kind="threshold", metric="level", above=1.0, hysteresis=0.1, priority="tinggi")
STEPS = {"tinggi": [{"after_s": 0, "to": ["duty"]}, {"after_s": 300, "to": ["chief"]}]}


def city(*, duty: str = "json://127.0.0.1:1/", per_hour: int = 60, quiet: dict[str, str] | None = None) -> SiteFile:
    settings = {
        "channels": [
            {"id": "duty", "url": duty, "per_hour": per_hour, "quiet": quiet},
            {"id": "chief", "url": "json://127.0.0.1:1/"},
        ],
        "escalation": STEPS,
    }
    return town(HIGH).model_copy(update={"notifications": Notifications.model_validate(settings)})


class Telephone:
    """Takes messages, or does not."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.messages: list[Message] = []

    def send(self, message: Message) -> bool:
        self.messages.append(message)
        return self.works


class Town:
    """A database with the rules' own writer, a clock, and telephones."""

    def __init__(self, url: str, folder: Path, site: SiteFile) -> None:
        self.url, self.site, self.now = url, site, at(0)
        self.duty, self.chief = Telephone(), Telephone()
        self.box = NoticeBox(url)
        self.writer = Writer(url, Engine(site), PictureStore(folder), lambda: self.now)
        self._receivers: dict[str, Receiver] = {"duty": self.duty, "chief": self.chief}
        self.notifier = self._notifier()

    def _notifier(self) -> Notifier:
        return Notifier(self.site, self.box, receivers=self._receivers, clock=lambda: self.now)

    def read(self, level: float) -> list[AlarmRecord]:
        seconds = (self.now - at(0)).total_seconds()
        return list(self.writer.commit([telemetry(TIDE, seconds, {"level": level})]).records)

    def later(self, seconds: float) -> int:
        self.now += timedelta(seconds=seconds)
        return self.notifier.turn()

    def rows(self) -> list[tuple[str, str, int]]:
        with self.box._connection.cursor() as cursor:
            cursor.execute("SELECT channel, state, tries FROM notice ORDER BY due_at, channel")
            return [(str(channel), str(state), int(tries)) for channel, state, tries in cursor.fetchall()]

    def close(self) -> None:
        self.writer.close()
        self.box.__exit__()


@pytest.fixture
def place(each_database: str, tmp_path: Path) -> Iterator[Town]:
    made = Town(each_database, tmp_path, city())
    yield made
    made.close()


def test_somebody_is_told_at_once_and_somebody_else_when_nobody_accepts(place: Town) -> None:
    place.read(1.3)
    assert place.later(0) == 1
    (message,) = place.duty.messages
    assert message.title.startswith("[TINGGI] ")
    assert "Tasikagung" in message.body
    assert place.later(299) == 0
    place.later(2)
    (message,) = place.chief.messages
    assert "Belum diterima selama 5 menit (langkah 2)" in message.body
    assert place.rows() == [("duty", "sent", 1), ("chief", "sent", 1)]


async def test_what_was_accepted_meanwhile_disturbs_nobody(place: Town) -> None:
    (record,) = place.read(1.3)
    place.later(0)
    async with AlarmStore(place.url) as alarms:
        await alarms.change(
            record.change.alarm.id, lambda alarm: acknowledge(alarm, Command(actor="siti", at=place.now))
        )
    place.later(301)
    assert place.chief.messages == []
    assert place.rows()[1] == ("chief", "dropped", 0)


def test_an_alarm_that_came_back_starts_its_steps_anew_and_the_old_ones_end(place: Town) -> None:
    place.read(1.3)
    place.later(0)
    place.now += timedelta(seconds=10)
    place.read(0.2)
    place.now += timedelta(seconds=10)
    place.read(1.4)
    place.later(0)
    assert len(place.duty.messages) == 2
    place.later(285)  # the first occurrence's second step is due, and that occurrence is over
    assert place.chief.messages == []
    place.later(30)
    assert len(place.chief.messages) == 1


def test_a_channel_that_is_away_is_tried_again_with_growing_pauses_under_the_same_id(place: Town) -> None:
    place.duty.works = False
    place.read(1.3)
    place.later(0)
    assert place.later(FIRST_PAUSE.total_seconds() - 1) == 0
    place.later(2)
    assert place.later(8) == 0, "the second pause is twice as long"
    place.duty.works = True
    place.later(4)
    assert place.rows()[0] == ("duty", "sent", 3)
    ids = {message.body.splitlines()[-1] for message in place.duty.messages}
    assert len(place.duty.messages) == 3
    assert len(ids) == 1


def test_a_sender_that_dies_while_sending_loses_nothing(place: Town) -> None:
    place.read(1.3)
    claimed = place.box.claim(place.now, 10)
    assert [one.notice.channel for one in claimed] == ["duty"]
    assert place.later(1) == 0, "it is left to whoever claimed it"
    assert place.later(LEASE.total_seconds()) == 1
    assert len(place.duty.messages) == 1


def test_committing_a_batch_again_makes_no_second_message(place: Town) -> None:
    batch = [telemetry(TIDE, 0, {"level": 1.3})]
    place.writer.commit(batch)
    place.writer.commit(batch)
    assert len(place.rows()) == 2


def test_quiet_hours_hold_back_all_but_the_worst(each_database: str, tmp_path: Path) -> None:
    # It is seven in the evening in Rembang; the night's rest is moved there.
    place = Town(each_database, tmp_path, city(quiet={"start": "18:00", "end": "19:30"}))
    place.read(1.3)
    place.later(0)
    assert place.duty.messages == []
    place.later(29 * 60)
    assert place.duty.messages == []
    place.later(2 * 60)
    assert len(place.duty.messages) == 1
    place.close()


def test_more_than_so_many_an_hour_wait_their_turn(each_database: str, tmp_path: Path) -> None:
    place = Town(each_database, tmp_path, city(per_hour=1))
    for _ in range(2):
        place.read(1.3)
        place.later(0)
        place.now += timedelta(seconds=5)
        if len(place.rows()) < 4:
            place.read(0.2)
            place.now += timedelta(seconds=5)
    assert len(place.duty.messages) == 1
    place.later(3600)
    assert len(place.duty.messages) == 2
    place.close()


MESSAGE = Message(title="[TINGGI] Pasang rob 1,3 m", body="Lokasi: Tasikagung\nPantau 1")


def test_a_real_mail_server_gets_the_message(mail_server: tuple[str, list[EmailMessage]]) -> None:
    address, mails = mail_server
    assert AppriseReceiver(Channel.model_validate({"id": "surat", "url": address})).send(MESSAGE)
    assert len(mails) == 1


def test_a_real_web_hook_gets_the_message(web_hook: tuple[int, list[tuple[str, bytes]]]) -> None:
    port, calls = web_hook
    channel = Channel.model_validate({"id": "hook", "url": f"json://127.0.0.1:{port}/alarm"})
    assert AppriseReceiver(channel).send(MESSAGE)
    ((path, body),) = calls
    assert path.startswith("/alarm")
    assert json.loads(body)["title"] == MESSAGE.title


def test_an_address_nobody_knows_is_refused_without_repeating_it() -> None:
    channel = Channel.model_validate({"id": "wrong", "url": "nonsense-secret-token"})
    with pytest.raises(ConfigError) as told:
        AppriseReceiver(channel)
    assert "wrong" in str(told.value)
    assert "secret-token" not in str(told.value)


def test_the_heartbeat_beats_only_while_pantau_hears(web_hook: tuple[int, list[tuple[str, bytes]]]) -> None:
    port, calls = web_hook
    now: datetime = at(0)
    heard: datetime | None = at(-5)
    pulse = Pulse(
        Heartbeat.model_validate({"url": f"http://127.0.0.1:{port}/alive", "every_s": 60}),
        lambda: heard,
        clock=lambda: now,
    )
    assert pulse.turn()
    assert not pulse.turn(), "not before its time"
    now = at(61)
    assert not pulse.turn(), "the last canary is a minute old"
    now, heard = at(122), at(120)
    assert pulse.turn()
    assert [path for path, _ in calls] == ["/alive", "/alive"]


def test_a_heartbeat_that_is_not_answered_is_no_heartbeat(web_hook: tuple[int, list[tuple[str, bytes]]]) -> None:
    port, _ = web_hook
    for address in (f"http://127.0.0.1:{port}/broken", f"http://127.0.0.1:{free_ports()}/", "nonsense"):
        pulse = Pulse(Heartbeat.model_validate({"url": address}), lambda: at(0), clock=lambda: at(0))
        assert not pulse.turn()


def test_each_priority_has_its_own_steps(place: Town) -> None:
    assert place.site.notifications is not None
    assert Priority.RENDAH.name.lower() not in place.site.notifications.escalation
