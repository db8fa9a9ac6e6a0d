"""CAP 1.2 messages, checked against the standard's own rules (OASIS CAP-v1.2, section 3.2) written down here."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import capparser
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle import Condition, raise_alarm, return_alarm, update_alarm
from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from configs.site import SiteFile
from events.alarm import AlarmRecord, Priority
from events.command import Command
from events.ids import RuleId, SiteId, SourceId
from events.rule_version import RuleOrigin, RuleVersion
from tests.unit.alerts.town import at, key
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import SITE, City
from web.cap import ATOM, HAZARDS, NAMESPACE, Message, Warner, messages
from web.directory import Directory
from web.rule_facts import RuleFacts
from web.server import make_app
from web.snapshots import LatestSnapshots

ALERT = (
    *(
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "source",
        "scope",
        "restriction",
        "addresses",
        "code",
        "note",
    ),
    *("references", "incidents", "info"),
)
INFO = (
    *("language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode"),
    *("effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact"),
    *("parameter", "resource", "area"),
)
AREA = ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling")
MANY = {"code", "info", "category", "responseType", "eventCode", "parameter", "resource", "area", "polygon", "circle"}
MANY |= {"geocode"}
REQUIRED = {
    "alert": {"identifier", "sender", "sent", "status", "msgType", "scope"},
    "info": {"category", "event", "urgency", "severity", "certainty"},
    "area": {"areaDesc"},
}
WORDS = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def check(document: bytes) -> ET.Element:
    """Check a message against the standard and return it."""
    alert = ET.fromstring(document)
    assert alert.tag == f"{{{NAMESPACE}}}alert"
    check_order(alert, "alert", ALERT)
    for info in alert.findall(f"{{{NAMESPACE}}}info"):
        check_order(info, "info", INFO)
        for area in info.findall(f"{{{NAMESPACE}}}area"):
            check_order(area, "area", AREA)
    for element in alert.iter():
        name, text = element.tag.removeprefix(f"{{{NAMESPACE}}}"), element.text or ""
        if name in WORDS:
            assert text in WORDS[name].split(), (name, text)
        if name in {"sent", "effective", "onset", "expires"}:
            assert TIME.fullmatch(text), text
            assert not text.endswith("+00:00")
        if name in {"identifier", "sender"}:
            assert not re.search(r"[\s,<&]", text)
        if name == "circle":
            assert re.fullmatch(r"-?\d+(\.\d+)?,-?\d+(\.\d+)? \d+(\.\d+)?", text)
        if name == "references":
            assert all(len(triple.split(",")) == 3 for triple in text.split())
    needs_references = said(alert, "msgType") in {"Update", "Cancel"}
    assert (alert.find(f"{{{NAMESPACE}}}references") is not None) == needs_references
    return alert


def check_order(element: ET.Element, name: str, order: tuple[str, ...]) -> None:
    names = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
    assert names == sorted(names, key=order.index)
    assert set(names) >= REQUIRED[name]
    assert all(names.count(one) == 1 for one in set(names) - MANY)


def said(alert: ET.Element, name: str) -> str | None:
    return alert.findtext(f".//{{{NAMESPACE}}}{name}")


def city_file(**changes: object) -> SiteFile:
    tree = SITE.model_dump(mode="json", exclude_unset=True)
    tree["cameras"] = []
    tree["rules"] = [
        {"id": "rob", "kind": "threshold", "metric": "tide", "above": 1.0, "priority": "tinggi", "warns": "rob"},
        {"id": "rule-1", "kind": "threshold", "metric": "tide", "above": 1.0, "warns": "rob"},
    ]
    tree["warnings"] = {"sender": "bpbd@contoh.go.id", "contact": "0295-000000", **changes}
    return SiteFile.model_validate(tree)


def version(number: int, **definition: object) -> RuleVersion:
    return RuleVersion(
        number=number,
        rule=RuleId("rob"),
        version=number,
        definition={"id": "rob", "kind": "threshold", "metric": "tide", **definition},
        origin=RuleOrigin.PERSON,
        actor="Sri",
        reason="coba",
        at=at(0),
    )


def warner(site: SiteFile | None = None) -> Warner:
    site = site or city_file()
    return Warner(site, Directory(site))


FACTS = RuleFacts(city_file())


def condition(title: str = "Pasang rob 1,04 m", priority: Priority = Priority.TINGGI) -> Condition:
    return Condition(
        key=key("rob", SourceId("tide-1")),
        kind="threshold",
        priority=priority,
        site=SiteId("tasikagung"),
        title=title,
        value=1.04,
        unit="m",
        met_at=at(0),
    )


def life() -> list[AlarmRecord]:
    raised = raise_alarm(condition(), at=at(1))
    worse = update_alarm(raised.alarm, condition(priority=Priority.DARURAT), at=at(60))
    over = return_alarm(worse.alarm, cleared_at=at(120), at=at(121))
    again = raise_alarm(condition(), alarm=over.alarm, at=at(200))
    return [AlarmRecord(seq=n, change=change) for n, change in enumerate((raised, worse, over, again), 1)]


def test_a_life_is_told_as_alert_update_and_cancel_each_naming_what_it_follows() -> None:
    told = messages(life(), FACTS)
    assert [message.kind for message in told] == ["Alert", "Update", "Cancel", "Alert"]
    alerts = [check(warner().document(message)) for message in told]
    first = f"bpbd@contoh.go.id,{told[0].identifier},2026-11-23T10:00:01+07:00"
    assert said(alerts[1], "references") == first
    assert said(alerts[2], "references") == f"{first} bpbd@contoh.go.id,{told[1].identifier},2026-11-23T10:01:00+07:00"
    assert len({message.identifier for message in told}) == 4


def test_a_rule_changed_meanwhile_neither_silences_the_all_clear_nor_warns_in_the_middle() -> None:
    facts = RuleFacts(city_file())
    facts.learn([version(1, warns="rob"), version(2)])
    for first, then, kinds in ((1, 2, ["Alert", "Cancel"]), (2, 1, [])):
        raised = raise_alarm(replace(condition(), rule_version=first), at=at(1))
        later = replace(raised.alarm, rule_version=then)
        over = return_alarm(later, cleared_at=at(120), at=at(121))
        told = messages([AlarmRecord(seq=n, change=change) for n, change in enumerate((raised, over), 1)], facts)
        assert [message.kind for message in told] == kinds


def test_what_operators_do_is_no_news_to_the_public() -> None:
    raised, *_ = life()
    accepted = STEPS["ack"](raised.change.alarm, Command(actor="siti", at=at(5)))
    assert len(messages([raised, AlarmRecord(seq=2, change=accepted)], FACTS)) == 1


def test_a_message_speaks_bahasa_says_where_and_ends_with_all_clear() -> None:
    raised, worse, over, _ = (check(warner().document(message)) for message in messages(life(), FACTS))
    assert said(raised, "language") == "id-ID"
    assert (said(raised, "event"), said(raised, "category")) == ("Banjir rob", "Met")
    assert (said(raised, "severity"), said(worse, "severity")) == ("Severe", "Extreme")
    assert (said(raised, "urgency"), said(worse, "urgency"), said(over, "urgency")) == ("Expected", "Immediate", "Past")
    assert said(over, "responseType") == "AllClear"
    assert said(raised, "circle") == "-6.7028,111.3376 1.5"
    assert said(raised, "geocode/{urn:oasis:names:tc:emergency:cap:1.2}value") == "33.17.10"
    assert said(raised, "onset") == "2026-11-23T10:00:00+07:00"


def test_a_demo_and_a_drill_never_say_actual() -> None:
    (message, *_) = messages(life(), FACTS)
    assert SITE.city.demo
    assert said(check(warner().document(message)), "status") == "Exercise"
    real = city_file().model_copy(update={"city": SITE.city.model_copy(update={"demo": False})})
    assert said(check(warner(real).document(message)), "status") == "Actual"
    drill = city_file(exercise=True).model_copy(update={"city": SITE.city.model_copy(update={"demo": False})})
    assert said(check(warner(drill).document(message)), "status") == "Exercise"


def test_utc_is_written_with_a_minus() -> None:
    site = city_file()
    site = site.model_copy(update={"city": site.city.model_copy(update={"timezone": "UTC"})})
    (message, *_) = messages(life(), FACTS)
    assert said(check(warner(site).document(message)), "sent") == "2026-11-23T03:00:01-00:00"


@given(title=st.text(max_size=60), hazard=st.sampled_from(sorted(HAZARDS)), priority=st.sampled_from(Priority))
def test_whatever_a_title_holds_the_message_stays_a_message(title: str, hazard: str, priority: Priority) -> None:
    alarm = replace(raise_alarm(condition(title, priority), at=at(1)).alarm, title=title)
    message = Message(alarm=alarm, sent=at(1), kind="Alert", warned=hazard)
    check(warner().document(message))


@pytest.fixture
async def warning_client(city: City) -> AsyncIterator[Client]:
    app = make_app(
        city_file(),
        alarms=city.alarms,
        readings=city.readings,
        lives=city.lives,
        pictures=city.pictures,
        snapshots=LatestSnapshots([]),
        steps=STEPS,
        review=performance,
        traces=city.traces,
        tell=timeline,
        clock=city.clock,
    )
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_feed_leads_a_foreign_parser_to_every_message(warning_client: Client, city: City) -> None:
    city.raise_alarm("lama")
    city.now += timedelta(seconds=5)
    record = city.raise_alarm("baru")
    response = await warning_client.get("/api/v1/cap/feed.atom")
    assert response.content_type == "application/atom+xml"
    feed = ET.fromstring(await response.read())
    assert [entry.findtext(f"{{{ATOM}}}title") for entry in feed.findall(f"{{{ATOM}}}entry")] == ["baru", "lama"]
    links = [
        link.attrib["href"] for link in feed.iter(f"{{{ATOM}}}link") if link.attrib.get("type") == "application/cap+xml"
    ]
    response = await warning_client.get(links[0][links[0].index("/api") :])
    assert (response.status, response.content_type) == (200, "application/cap+xml")
    body = await response.text()
    check(body.encode())
    parsed = capparser.parse(None, body)
    assert parsed.identifier[0] == f"{record.change.alarm.id}.1"
    (info,) = parsed.info[0]
    assert (info.event[0], info.headline[0]) == ("Banjir rob", "baru")


async def test_an_empty_feed_is_a_feed(warning_client: Client) -> None:
    feed = ET.fromstring(await (await warning_client.get("/api/v1/cap/feed.atom")).read())
    assert feed.findtext(f"{{{ATOM}}}updated") == "2026-11-23T12:00:00+07:00"


async def test_earlier_messages_can_be_asked_for_and_unknown_ones_are_named(warning_client: Client, city: City) -> None:
    alarm = city.raise_alarm().change.alarm
    address = f"/api/v1/cap/{alarm.id}.xml"
    assert (await warning_client.get(address, params={"version": "1"})).status == 200
    response = await warning_client.get(address, params={"version": "9"})
    assert response.status == 404
    assert "versions 1" in (await response.json())["detail"]
    assert (await warning_client.get(f"/api/v1/cap/{UUID(int=1)}.xml")).status == 404
    assert (await warning_client.get("/api/v1/cap/17.xml")).status == 400


async def test_a_city_without_warnings_says_what_is_missing(client: Client) -> None:
    response = await client.get("/api/v1/cap/feed.atom")
    assert response.status == 404
    assert "warnings" in (await response.json())["detail"]
