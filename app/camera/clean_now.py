"""Tells a running camera that a zone is clean, and waits for its answer."""

import threading
from uuid import uuid4

import msgspec

from configs.cameras import Camera
from configs.site import SiteFile
from events.errors import ConfigError, ConflictError, SourceError
from events.message import Message
from runtime.mqtt import Hooks, MqttConnection

PREFIX = "pantau/v1"


class _Result(msgspec.Struct):
    result: str
    reason: str | None = None


class _Order:
    """One command on its way: published once the answer would be heard, and again with each new connection."""

    def __init__(self, site: SiteFile, camera: str, zone: str) -> None:
        name = f"clean-{uuid4().hex}"
        self._topic = f"{PREFIX}/{camera}/command/{name}"
        self._payload = msgspec.json.encode({"do": "clean_now", "zone": zone})
        self._sent = False
        self._answered = threading.Event()
        self.answer: _Result | None = None
        self.connection = MqttConnection(
            site.broker,
            name="command",
            client_id=name,
            clean_session=True,
            subscriptions=[(f"{self._topic}/result", 1)],
            hooks=Hooks(connected=self._on_connected, received=self._on_received, between=self._send),
        )

    def wait(self, timeout_s: float) -> bool:
        return self._answered.wait(timeout_s)

    @property
    def was_sent(self) -> bool:
        return self._sent

    # On the network thread.

    def _on_connected(self, _session_present: bool) -> None:  # noqa: FBT001 - the hook's shape
        self._sent = False

    def _send(self) -> None:
        # Between packets the subscription is on its way already, so the answer cannot overtake it.
        if self.connection.connected and not self._sent:
            self._sent = self.connection.publish(self._topic, self._payload, qos=1, retain=False) is not None

    def _on_received(self, message: Message) -> None:
        try:
            self.answer = msgspec.json.decode(message.payload, type=_Result)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.answer = _Result(result="failed", reason="the answer is unreadable; is the worker of another release?")
        self.connection.acknowledge([message.delivery])
        self._answered.set()


def clean_now(site: SiteFile, camera: str, zone: str | None, timeout_s: float) -> str:
    """Have a zone taken for clean as it is now.

    Args:
        site: The site file.
        camera: Which camera.
        zone: Which zone; None where the camera watches only one for waste.
        timeout_s: How long to wait for the answer.

    Returns:
        The zone.

    Raises:
        ConfigError: the site file has no such camera, or no such zone watched for waste.
        SourceError: the broker or the camera's worker does not answer.
        ConflictError: the camera refuses; the message says why.
    """
    chosen = _zone(_camera(site, camera), zone)
    order = _Order(site, camera, chosen)
    order.connection.start()
    try:
        answered = order.wait(timeout_s)
    finally:
        order.connection.stop()
    if not answered and not order.was_sent:
        where = f"{site.broker.host}:{site.broker.port}"
        raise SourceError(f"the broker at {where} does not answer; is Pantau running there (`pantau run`)?")
    if not answered or order.answer is None:
        raise SourceError(
            f"camera {camera} did not answer within {timeout_s:g} s; is its vision worker running, and may it read"
            f" {PREFIX}/{camera}/command/+ at the broker?"
        )
    if order.answer.result != "ok":
        raise ConflictError(f"camera {camera}, zone {chosen}: {order.answer.reason or 'refused without a reason'}")
    return chosen


def _camera(site: SiteFile, name: str) -> Camera:
    for camera in site.cameras:
        if camera.id == name:
            return camera
    known = ", ".join(camera.id for camera in site.cameras) or "none"
    raise ConfigError(f"the site file has no camera {name}; it has: {known}")


def _zone(camera: Camera, name: str | None) -> str:
    watched = [zone.id for zone in camera.zones if zone.detect.waste_pile is not None]
    if not watched:
        raise ConfigError(f"no zone of camera {camera.id} is watched for waste; write waste_pile under `detect` of one")
    if name is None and len(watched) == 1:
        return watched[0]
    if name not in watched:
        wanted = "name one with --zone" if name is None else f"it has no zone {name} that is watched for waste"
        raise ConfigError(f"camera {camera.id}: {wanted}; watched for waste: {', '.join(watched)}")
    return name
