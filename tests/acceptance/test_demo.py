"""The whole way, in the real demo: RTSP and MQTT in, alarms on the stream out.

The tests share one running demo, in the order of this file; each leaves it working.
"""

import json
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import paho.mqtt.client as paho
import psutil
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from app.demo.clips import render_all
from app.demo.show import MARKER
from configs.load import load_site
from storage.embedded import EmbeddedPostgres
from tests.acceptance.demo_city import DemoCity
from tests.acceptance.listener import Listener
from tests.needs import lacking
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUEST = "tamu-suhu"
"""A sensor of the demo that nothing simulates: visitors publish for it."""

GUEST_METRIC = "temperature"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoCity]:
    folder = tmp_path_factory.mktemp("demo")
    # Drawn first, so that what is timed is the city and not this machine's other work.
    render_all(folder / "data" / "clips", calm=False)
    (folder / "data" / MARKER).touch()
    demo = DemoCity(folder)
    try:
        demo.wait_until_ready()
        yield demo
    finally:
        demo.stop()


@pytest.fixture
def stream(city: DemoCity) -> Iterator[Listener]:
    with Listener(city.root + "/api/v1/alarms/stream", last_event_id=0) as listener:
        yield listener


@pytest.fixture
def guest(city: DemoCity) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="a-foreign-device")
    client.connect("127.0.0.1", city.broker_port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def publish(client: paho.Client, topic: str, payload: bytes | str) -> None:
    client.publish(topic, payload, qos=1).wait_for_publish(10)


def telemetry(value: object, ts: datetime | None = None) -> str:
    body: dict[str, object] = {"values": {GUEST_METRIC: value}}
    if ts is not None:
        body["ts"] = ts.isoformat()
    return json.dumps(body)


def test_the_first_camera_alarm_and_the_first_sensor_alarm_come_within_thirty_seconds(
    city: DemoCity, stream: Listener
) -> None:
    cameras = {camera["id"] for camera in city.json("/api/v1/cameras")["items"]}
    stream.wait_for(lambda alarm: alarm["source_id"] in cameras, 30)
    stream.wait_for(lambda alarm: alarm["source_id"] not in cameras, 30)


def test_a_reading_over_its_threshold_becomes_an_alarm_with_its_value(
    city: DemoCity, stream: Listener, guest: paho.Client
) -> None:
    publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry(41.5))
    alarm = stream.wait_for(lambda alarm: alarm["source_id"] == GUEST and alarm["state"] == "UNACK")
    assert alarm["value"] == 41.5
    assert alarm["unit"] == "Cel"
    assert alarm["kind"] == "threshold"


def test_an_acknowledgement_reaches_every_listener_and_makes_sense_only_once(city: DemoCity, stream: Listener) -> None:
    alarm = stream.wait_for(lambda alarm: alarm["source_id"] == GUEST and alarm["state"] == "UNACK")
    with Listener(city.root + "/api/v1/alarms/stream") as other:
        status, answer = city.post(f"/api/v1/alarms/{alarm['id']}/ack")
        assert (status, answer["state"]) == (200, "ACKED")
        for listener in (stream, other):
            seen = listener.wait_for(lambda a: a["id"] == alarm["id"] and a["state"] == "ACKED")
            assert seen["acked_by"] == "Operator Demo"
    status, problem = city.post(f"/api/v1/alarms/{alarm['id']}/ack")
    assert status == 409
    assert problem["status"] == 409


def test_the_value_back_to_normal_ends_an_acknowledged_alarm(
    city: DemoCity, stream: Listener, guest: paho.Client
) -> None:
    publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry(25.0))
    stream.wait_for(lambda alarm: alarm["source_id"] == GUEST and alarm["state"] == "NORM")


def test_a_crowd_in_a_real_clip_gives_a_crowding_alarm_with_a_picture(city: DemoCity, stream: Listener) -> None:
    real = [camera["id"] for camera in city.json("/api/v1/cameras")["items"] if "(rekaman uji)" in camera["name"]]
    if not real:
        lacking("a real clip", "install Debian's opencv-doc")
    alarm = stream.wait_for(lambda alarm: alarm["kind"] == "crowding" and alarm["source_id"] in real, 90)
    assert alarm["value"] >= 1
    assert alarm["evidence_url"]
    picture = cv2.imdecode(np.frombuffer(city.get(alarm["evidence_url"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[0] >= 300


def test_reconnecting_with_the_last_event_id_misses_nothing_and_repeats_nothing(
    city: DemoCity, guest: paho.Client
) -> None:
    url = city.root + "/api/v1/alarms/stream"
    with Listener(url, last_event_id=0) as whole:
        with Listener(url, last_event_id=0) as first:
            first.wait_for(lambda alarm: True)
        for value in (42.0, 25.0, 43.0, 25.0):  # happens while nobody of the second listener's kind is connected
            publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry(value))
            time.sleep(0.3)
        with Listener(url, last_event_id=first.ids[-1]) as second:
            last = whole.wait_for(lambda alarm: alarm["source_id"] == GUEST and alarm["seq"] > first.ids[-1])
            second.wait_for(lambda alarm: alarm["seq"] >= last["seq"])
            until(
                lambda: whole.ids[-1] <= second.ids[-1] or len(second.ids) == len(set(second.ids)),
                "level",
                timeout_s=10,
            )
            heard = first.ids + second.ids
    assert heard == sorted(set(heard))
    common = min(whole.ids[-1], heard[-1])
    assert [i for i in heard if i <= common] == [i for i in whole.ids if i <= common]


def test_bad_input_is_answered_and_hurts_nobody_else(city: DemoCity, stream: Listener, guest: paho.Client) -> None:
    answers: list[dict[str, str]] = []
    guest.on_message = lambda _client, _data, message: answers.append(json.loads(message.payload))
    guest.subscribe(f"pantau/v1/{GUEST}/error", 0)
    time.sleep(0.3)
    publish(guest, f"pantau/v1/{GUEST}/telemetry", b'{"values": {')
    publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry("warm"))
    publish(guest, "pantau/v1/nobody-knows-me/telemetry", telemetry(1.0))
    publish(guest, f"pantau/v1/{GUEST}/telemetry", b"\xff" * 500_000)
    until(lambda: len(answers) >= 3, "three answers to the device", timeout_s=10)
    assert all(answer["reason"] and answer["detail"] for answer in answers)
    publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry(44.0))
    stream.wait_for(lambda alarm: alarm["source_id"] == GUEST and alarm["value"] == 44.0)
    publish(guest, f"pantau/v1/{GUEST}/telemetry", telemetry(25.0))
    with database(city) as connection:
        quarantined = connection.execute(
            "SELECT count(*) FROM quarantine WHERE source_id IS DISTINCT FROM ''"
        ).fetchone()
    assert quarantined is not None
    assert quarantined[0] >= 4


def database(city: DemoCity) -> psycopg.Connection[tuple[int, ...]]:
    url = EmbeddedPostgres(load_site(city.data / "site.yaml").data_dir / "postgres").url
    assert url is not None
    return psycopg.connect(url)


def test_killing_ingest_in_mid_stream_loses_nothing_and_doubles_nothing(city: DemoCity, guest: paho.Client) -> None:
    wanted = 2_000
    start = datetime.now(UTC) - timedelta(days=2)  # no other reading of the guest lies there
    accepted: list[datetime] = []

    def publish_all() -> None:
        for number in range(wanted):
            ts = start + timedelta(milliseconds=100 * number)
            guest.publish(f"pantau/v1/{GUEST}/telemetry", telemetry(20.0 + number % 10, ts), qos=1).wait_for_publish(30)
            accepted.append(ts)

    publisher = threading.Thread(target=publish_all)
    publisher.start()
    until(lambda: len(accepted) > wanted // 4, "some accepted", timeout_s=60)
    city.role("--role", "ingest").send_signal(signal.SIGKILL)
    publisher.join(120)
    assert len(accepted) == wanted

    def stored() -> list[datetime]:
        with database(city) as connection:
            rows = connection.execute(
                "SELECT ts FROM reading JOIN series ON series.id = reading.series_id"
                " WHERE source_id = %s AND ts >= %s AND ts <= %s",
                (GUEST, start, accepted[-1]),
            ).fetchall()
        return [row[0] for row in rows]  # type: ignore[misc]

    until(lambda: len(stored()) >= wanted, "all committed", timeout_s=60)
    kept = stored()
    assert len(kept) == wanted
    assert set(kept) == set(accepted)


def test_a_killed_vision_worker_is_missed_and_comes_back(city: DemoCity, stream: Listener) -> None:
    worker = city.role("--role", "vision", "--worker", "0")
    cameras = {camera["id"] for camera in city.json("/api/v1/cameras")["items"]}
    seen = stream.ids[-1] if stream.ids else 0
    worker.suspend()  # a worker that is started again at once would not be missed: stop it without ending it
    silent = stream.wait_for(
        lambda a: a["kind"] == "absence" and a["source_id"] in cameras and a["seq"] > seen and a["active"], 60
    )
    worker.kill()
    stream.wait_for(lambda a: a["id"] == silent["id"] and not a["active"], 60)


def test_a_camera_whose_server_dies_is_missed_and_others_go_on(city: DemoCity, stream: Listener) -> None:
    server = city.role("service", "cameras")
    cameras = {camera["id"] for camera in city.json("/api/v1/cameras")["items"]}
    seen = stream.ids[-1] if stream.ids else 0

    def heard() -> dict[str, str]:
        latest = city.json("/api/v1/latest")["items"]
        return {value["source_id"]: value["ts"] for value in latest if value["source_id"] not in cameras}

    server.suspend()
    silent = stream.wait_for(
        lambda a: a["kind"] == "absence" and a["source_id"] in cameras and a["seq"] > seen and a["active"], 60
    )
    before = heard()
    until(
        lambda: any(at > before.get(source, "") for source, at in heard().items()),
        "a reading of another source",
        timeout_s=60,
    )
    server.kill()
    stream.wait_for(lambda a: a["id"] == silent["id"] and not a["active"], 60)


def test_the_pile_of_the_waste_camera_is_an_incident_that_the_scene_clears_and_the_camera_closes(
    city: DemoCity,
) -> None:
    def closed() -> list[dict[str, Any]]:
        found = city.json("/api/v1/gareng-mesem/incidents?state=closed&limit=500")["items"]
        return [one for one in found if one["waste_site"] == "tps-pasar" and one["after_url"] is not None]

    until(lambda: bool(closed()), "a pile that was closed by its camera", timeout_s=120)
    pile = closed()[-1]
    file = city.json(f"/api/v1/gareng-mesem/incidents/{pile['id']}")
    assert [(one["action"], one["actor"]) for one in file["steps"]][-1] == ("close", "cam-tps-pasar")
    for address in (pile["before_url"], pile["after_url"]):
        assert city.get(address).startswith(b"\xff\xd8")
    (tpa,) = {one["waste_site_id"] for one in city.json("/api/v1/gareng-mesem/tonnage")["items"]}
    assert tpa == "tpa-landoh"


def test_ctrl_c_ends_everything_within_five_seconds(city: DemoCity) -> None:
    assert city.processes()
    took_s = city.stop()
    assert took_s < 5
    assert city.process.returncode == 0
    left = [p.cmdline() for p in city.processes() if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert not left


def test_a_second_start_finds_the_data_of_the_first(city: DemoCity, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    again = DemoCity(city.data.parent, "--for", "5", "--report", str(report))
    again.process.wait(90)
    assert json.loads(report.read_text())["readings"] >= 2_000
