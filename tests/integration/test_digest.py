"""The daily digest and the commands of the governance module, over the real database."""

import json
import threading
import time
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.notify.digest import FIRST_PAUSE, DigestTeller
from app.notify.message import Message
from app.notify.running import POLL_S, run_notify
from configs.load import load_site
from configs.site import SiteFile
from events.errors import StorageError
from storage.governance import DigestBook
from storage.seed import seed
from tests.integration.test_governance import SITE
from tests.waiting import until

MORNING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""Seven in the morning in Rembang."""

CHANNELS = {
    "channels": [{"id": "sekda", "url": "json://127.0.0.1:1/"}, {"id": "kominfo", "url": "json://127.0.0.1:1/"}],
    "escalation": {},
}
TOLD = SiteFile.model_validate(
    SITE.model_dump(mode="python", exclude_unset=True)
    | {"notifications": CHANNELS}
    | {
        "governance": SITE.governance.model_dump(exclude_unset=True)
        | {"digest": {"at": "07:30", "to": ["sekda", "kominfo"]}}
    }
)


class Telephone:
    def __init__(self) -> None:
        self.works = True
        self.messages: list[Message] = []

    def send(self, message: Message) -> bool:
        self.messages.append(message)
        return self.works


class Office:
    """Two channels, a clock, and whoever sends the digest; started anew it remembers nothing itself."""

    def __init__(self, url: str) -> None:
        self.url, self.now = url, MORNING
        self.sekda, self.kominfo = Telephone(), Telephone()
        self.start()

    def start(self) -> None:
        self.teller = DigestTeller(
            TOLD,
            lambda: DigestBook(self.url),
            receivers={"sekda": self.sekda, "kominfo": self.kominfo},
            clock=lambda: self.now,
        )

    def later(self, passed: timedelta) -> int:
        self.now += passed
        return self.teller.turn()


@pytest.fixture
def office(each_database: str) -> Office:
    seed(each_database, TOLD)
    with psycopg.connect(each_database) as connection:
        connection.execute("UPDATE source SET since = '2026-01-01'")
        connection.execute("UPDATE governance.dataset SET since = '2026-01-01'")
        connection.execute(
            "INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference) "
            "VALUES ('gareng', '2026-03-01T03:00:00Z', 1, now(), 'x', 'x'), "
            "('taman', '2026-02-20T03:00:00Z', 1, now(), 'x', 'x')"
        )
    return Office(each_database)


def test_each_channel_hears_once_a_day_what_was_missing_the_day_before(office: Office) -> None:
    assert office.later(timedelta(0)) == 0  # not yet half past seven
    assert office.later(timedelta(minutes=30)) == 2
    office.start()
    assert office.later(timedelta(minutes=1)) == 0
    (message,) = office.sekda.messages
    assert message.title == "[DEMO] Data OPD 01/03/2026: 3 belum masuk"
    assert message.body.splitlines() == [
        "1 dari 4 data masuk pada 01/03/2026.",
        "",
        "Badan Penanggulangan Bencana Daerah: 2 belum masuk",
        "- Destana (belum pernah)",
        "- Pasut (belum pernah)",
        "",
        "Dinas Lingkungan Hidup: 1 belum masuk",
        "- Taman (terakhir 20/02/2026)",
        "",
        "Pantau digest-2026-03-01",
    ]
    assert office.later(timedelta(days=1)) == 2
    assert len(office.kominfo.messages) == 2


def test_a_channel_that_does_not_accept_is_tried_again_and_the_others_hear_once(office: Office) -> None:
    office.sekda.works = False
    assert office.later(timedelta(minutes=30)) == 1
    assert office.later(timedelta(seconds=1)) == 0
    office.sekda.works = True
    assert office.later(FIRST_PAUSE) == 1
    assert (len(office.sekda.messages), len(office.kominfo.messages)) == (2, 1)


def test_the_notify_role_sends_it_to_a_real_mailbox_and_a_real_web_hook(
    office: Office, mail_server: tuple[str, list[EmailMessage]], web_hook: tuple[int, list[tuple[str, bytes]]]
) -> None:
    (address, mails), (port, calls) = mail_server, web_hook
    channels = {
        "channels": [{"id": "sekda", "url": address}, {"id": "kominfo", "url": f"json://127.0.0.1:{port}/harian"}],
        "escalation": {},
    }
    site = SiteFile.model_validate(
        TOLD.model_dump(mode="python", exclude_unset=True)
        | {"notifications": channels, "database": {"embedded": False, "url": office.url}}
    )
    stop = threading.Event()
    role = threading.Thread(
        target=run_notify, args=(site, stop), kwargs={"clock": lambda: MORNING + timedelta(hours=1)}
    )
    role.start()
    try:
        until(lambda: bool(mails and calls), "the digest reaches the mailbox and the web hook")
        time.sleep(3 * POLL_S)
    finally:
        stop.set()
        role.join(10)
    ((path, body),), (mail,) = calls, mails
    assert path.startswith("/harian")
    assert json.loads(body)["title"] == mail["Subject"] == "[DEMO] Data OPD 01/03/2026: 3 belum masuk"
    text = mail.get_body(("plain", "html"))
    assert text is not None
    for told in (text.get_content(), json.loads(body)["message"]):
        assert "Dinas Lingkungan Hidup: 1 belum masuk" in told
        assert "Taman (terakhir 20/02/2026)" in told


def test_without_a_database_nothing_is_sent_and_the_caller_hears_why(office: Office) -> None:
    office.url = "postgresql://nobody@127.0.0.1:1/nowhere"
    with pytest.raises(StorageError):
        office.later(timedelta(hours=1))
    assert office.sekda.messages == []


SITE_TEXT = """
city: {name: Kota uji}
database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}
offices: [{id: dlh, name: Dinas Lingkungan Hidup, contact: 0295-000}]
sites: [{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7, lon: 111.3}}]
governance: {datasets: [{id: taman, title: Taman kota, opd: dlh, programme: bang-joger}]}
"""


def test_an_office_without_a_program_of_its_own_reports_by_command(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_TEST_DATABASE", database_url)
    file = tmp_path / "site.yaml"
    file.write_text(SITE_TEXT)

    seed(database_url, load_site(file))

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["governance", *words, "-c", str(file)])
        return result.exit_code, result.output + str(result.exception or "")

    assert "0 of 1 delivered today" in run("today")[1]
    assert run("report", "taman", "12")[0] == 0
    assert "1 of 1 delivered today" in run("today")[1]
    assert "there are taman" in run("report", "tamam", "12")[1]
    assert "future" in run("report", "taman", "12", "--updated", "2999-01-01T00:00:00")[1]
    assert "Data OPD" in run("digest", "--day", str(date(2026, 3, 1)))[1]
