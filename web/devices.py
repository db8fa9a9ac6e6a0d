"""The registry of devices over the API: a password is in one answer, and never again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

import msgspec
from aiohttp import web

from events.device import Device
from events.errors import ConfigError
from events.orders import DeviceConfig, Order
from web.asking import whole_body
from web.operations import answers, get, patch, post, takes
from web.ports import DeviceDesk, DeviceFile
from web.problems import ProblemError
from web.tables import CSV
from web.wire import encode

PATH: Final = "/api/v1/devices"
IMPORT_PATH: Final = "/api/v1/imports/devices"
GROUP: Final = "Devices"
LONGEST_TIMEOUT_S = 3600
LARGEST_TABLE: Final = 2**20
NO_TABLE: Final = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class _Settings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    site: str | msgspec.UnsetType = msgspec.UNSET
    opd: str | msgspec.UnsetType | None = msgspec.UNSET
    interval_s: float | msgspec.UnsetType = msgspec.UNSET
    metrics: dict[str, dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    gateway: str | msgspec.UnsetType | None = msgspec.UNSET
    position: tuple[float, float] | msgspec.UnsetType | None = msgspec.UNSET
    installed_on: date | msgspec.UnsetType | None = msgspec.UNSET
    calibrated_on: date | msgspec.UnsetType | None = msgspec.UNSET

    def given(self) -> dict[str, Any]:
        """Return what the request names."""
        return {
            name: getattr(self, name)
            for name in _Settings.__struct_fields__
            if getattr(self, name) is not msgspec.UNSET
        }


class DevicePath(msgspec.Struct, frozen=True, kw_only=True):
    """A device by its id."""

    id: str


class NewDevice(_Settings, forbid_unknown_fields=True, kw_only=True):
    """Body of a registration."""

    id: str


class Changes(_Settings, forbid_unknown_fields=True, kw_only=True):
    """Body of a change: what is not named stays; `config` are the settings wanted of the device, as a whole."""

    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    config: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class NewCommand(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Body of a command."""

    name: str
    args: dict[str, Any] = {}
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_TIMEOUT_S)] = 30.0


class ConfigItem(msgspec.Struct, kw_only=True):
    """Settings wanted and reported."""

    version: int
    wanted: dict[str, Any]
    set_at: datetime | None
    reported_version: int | None
    reported: dict[str, Any]
    reported_error: str
    reported_at: datetime | None
    agreement: str
    differing: Sequence[str]


class CommandItem(msgspec.Struct, kw_only=True):
    """One command."""

    id: str
    name: str
    args: dict[str, Any]
    actor: str
    state: str
    made_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    result: Any
    detail: str


class ChangeItem(msgspec.Struct, kw_only=True):
    """A line of the audit log."""

    at: datetime
    actor: str
    action: str


class DeviceItem(msgspec.Struct, kw_only=True):
    """One device; whether it has a password is told, the password never."""

    id: str
    name: str
    described_in: Literal["file", "registry"]
    enabled: bool
    has_password: bool
    settings: dict[str, Any]
    gateway: str | None
    position: tuple[float, float] | None
    installed_on: date | None
    calibrated_on: date | None
    updated_at: datetime | None
    config: ConfigItem
    commands: Sequence[CommandItem] | msgspec.UnsetType = msgspec.UNSET
    history: Sequence[ChangeItem] | msgspec.UnsetType = msgspec.UNSET


class DeviceListing(msgspec.Struct, kw_only=True):
    """Every device, by id."""

    items: Sequence[DeviceItem]


class Registered(msgspec.Struct, kw_only=True):
    """A device with its new password: the only time it is told. Null where a gateway signs in for it."""

    device: DeviceItem
    password: str | None


class EnrolledItem(msgspec.Struct, kw_only=True):
    """A device of the table with its new password; null where a gateway signs in for it."""

    id: str
    password: str | None


class Enrolled(msgspec.Struct, kw_only=True):
    """What was registered, in the table's order: the only time the passwords are told."""

    items: Sequence[EnrolledItem]


class DeviceRoutes:
    """Lists, registers and changes devices, and gives them orders.

    Args:
        desk: The registry.
    """

    def __init__(self, desk: DeviceDesk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get(PATH, self.listing, group=GROUP),
            post(PATH, self.add, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP),
            post(IMPORT_PATH, self.enrol, *NO_TABLE, group=GROUP),
            get(f"{PATH}/{{id}}", self.one, HTTPStatus.NOT_FOUND, group=GROUP),
            patch(f"{PATH}/{{id}}", self.change, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, group=GROUP),
            post(f"{PATH}/{{id}}/password", self.rotate, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, group=GROUP),
            post(f"{PATH}/{{id}}/commands", self.order, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, group=GROUP),
        ]

    async def listing(self, _request: web.Request) -> DeviceListing:
        """Return every device."""
        return DeviceListing(items=[_item(known, whole=False) for known in await self._desk.all()])

    async def one(self, _request: web.Request, path: DevicePath) -> DeviceItem:
        """Return one device with its newest commands, and who changed what of it."""
        return _item(await self._known(path.id))

    @answers(Registered, status=HTTPStatus.CREATED)
    async def add(self, _request: web.Request, body: NewDevice) -> web.Response:
        """Register a device; the answer holds its password, once."""
        new = body
        if await self._desk.get(new.id) is not None:
            raise ProblemError(HTTPStatus.CONFLICT, f"{new.id} is registered already")
        try:
            password = await self._desk.add(new.id, new.given())
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        known = await self._known(new.id)
        headers = {"Location": f"{PATH}/{new.id}"}
        return _answer(Registered(device=_item(known), password=password), HTTPStatus.CREATED, headers)

    @takes(CSV)
    @answers(Enrolled, status=HTTPStatus.CREATED)
    async def enrol(self, request: web.Request) -> web.Response:
        """Register the devices of a CSV file, one a line: all of them or, if anything is wrong, none.

        Columns: id, name, site, metrics (NAME=UNIT[:MIN:MAX] separated by blanks); optional: opd, interval_s, gateway,
        position (LAT LON), installed_on, calibrated_on. Every mistake is told with its line.
        """
        if request.content_type != CSV:
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: want {CSV}")
        try:
            made = await self._desk.enrol(await whole_body(request, LARGEST_TABLE))
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        items = [EnrolledItem(id=device, password=password) for device, password in made.items()]
        return _answer(Enrolled(items=items), HTTPStatus.CREATED)

    async def change(self, _request: web.Request, path: DevicePath, body: Changes) -> DeviceItem:
        """Change what is known or wanted of a device."""
        device, changes = (await self._known(path.id)).device, body
        named = changes.given()
        if changes.enabled is not msgspec.UNSET:
            named["enabled"] = changes.enabled
        try:
            config = None if changes.config is msgspec.UNSET else changes.config
            await self._desk.change(device.id, named, config)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return _item(await self._known(device.id))

    async def rotate(self, _request: web.Request, path: DevicePath) -> Registered:
        """Give a device a new password; the answer holds it, once."""
        device = (await self._known(path.id)).device
        try:
            password = await self._desk.rotate(device.id)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        return Registered(device=_item(await self._known(device.id)), password=password)

    @answers(CommandItem, status=HTTPStatus.ACCEPTED)
    async def order(self, _request: web.Request, path: DevicePath, body: NewCommand) -> web.Response:
        """Tell a device to do something; what becomes of it stands among its commands."""
        device, command = (await self._known(path.id)).device, body
        try:
            given = await self._desk.order(device.id, command.name, command.args, command.timeout_s)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        return _answer(_command(given), HTTPStatus.ACCEPTED)

    async def _known(self, device_id: str) -> DeviceFile:
        known = await self._desk.get(device_id)
        if known is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no device with this id")
        return known


def _answer(body: object, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=encode(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _item(known: DeviceFile, *, whole: bool = True) -> DeviceItem:
    device: Device = known.device
    return DeviceItem(
        id=device.id,
        name=device.name,
        described_in=device.origin.value,
        enabled=device.enabled,
        has_password=device.secret_hash is not None,
        settings=dict(device.settings),
        gateway=device.gateway,
        position=device.position,
        installed_on=device.installed_on,
        calibrated_on=device.calibrated_on,
        updated_at=device.updated_at,
        config=_config(known.config),
        commands=[_command(command) for command in known.commands] if whole else msgspec.UNSET,
        history=[ChangeItem(at=at.astimezone(UTC), actor=actor, action=action) for at, actor, action in known.history]
        if whole
        else msgspec.UNSET,
    )


def _config(config: DeviceConfig) -> ConfigItem:
    return ConfigItem(
        version=config.version,
        wanted=dict(config.settings),
        set_at=config.set_at,
        reported_version=config.reported_version,
        reported=dict(config.reported),
        reported_error=config.reported_error,
        reported_at=config.reported_at,
        agreement=config.agreement.value,
        differing=config.differing,
    )


def _command(command: Order) -> CommandItem:
    return CommandItem(
        id=str(command.id),
        name=command.name,
        args=dict(command.args),
        actor=command.actor,
        state=command.state.value,
        made_at=command.made_at,
        expires_at=command.expires_at,
        sent_at=command.sent_at,
        finished_at=command.finished_at,
        result=command.result,
        detail=command.detail,
    )
