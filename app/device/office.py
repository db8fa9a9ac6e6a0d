"""The registry, settings and commands for the API: blocking work on a thread of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from app.device.calibrating import series_of
from app.device.registering import draft, register, revise, rotate
from app.device.tables import parse_table
from configs.site import SiteFile
from events.calibration import Calibration, Made, Recalculation
from events.ids import SourceId
from events.orders import DeviceConfig, Order
from runtime.clock import Clock, utc_now
from storage.calibrations import CalibrationBook
from storage.devices import DeviceRegistry
from storage.orders import OrderBook, storable
from web.ports import DeviceFile

T = TypeVar("T")

_FIELDS = frozenset({"gateway", "position", "installed_on", "calibrated_on"})


class DeviceOffice:
    """Implements `web.ports.DeviceDesk`; one request at a time, each with a connection of its own.

    Args:
        site: The site file.
        url: Gives the database's address.
        actor: In whose name changes are made.
        clock: The present.
    """

    def __init__(self, site: SiteFile, url: Callable[[], str], *, actor: str, clock: Clock = utc_now) -> None:
        self._site = site
        self._url = url
        self._actor = actor
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "device-office")

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def all(self) -> list[DeviceFile]:
        """Return every device, by id."""

        def work(registry: DeviceRegistry, book: OrderBook) -> list[DeviceFile]:
            configs = {config.device: config for config in book.configs()}
            return [
                DeviceFile(device=device, config=configs.get(device.id, DeviceConfig(device=device.id)))
                for device in registry.all()
            ]

        return await self._do(work)

    async def get(self, device_id: str, /) -> DeviceFile | None:
        """Return one device, None where there is none of that id."""

        def work(registry: DeviceRegistry, book: OrderBook) -> DeviceFile | None:
            device = next((device for device in registry.all() if device.id == device_id), None)
            if device is None:
                return None
            return DeviceFile(
                device=device,
                config=book.config(device_id),
                commands=book.commands(device_id),
                history=registry.history(device_id),
            )

        return await self._do(work)

    async def add(self, device_id: str, given: Mapping[str, object], /) -> str | None:
        """Register a device and return its password, None where a gateway signs in for it."""
        fields: dict[str, Any] = {name: value for name, value in given.items() if name in _FIELDS}
        wanted = draft(device_id, {name: value for name, value in given.items() if name not in _FIELDS}, **fields)
        made = await self._do(lambda registry, _book: register(self._site, registry, [wanted], self._clock))
        return made.get(device_id)

    async def enrol(self, table: bytes, /) -> Mapping[str, str | None]:
        """Register the devices of a table, all or none, and return each one's password as `add` does."""
        wanted = parse_table(table, "the table")
        made = await self._do(lambda registry, _book: register(self._site, registry, wanted, self._clock))
        return {str(device.id): made.get(device.id) for device in wanted}

    async def change(
        self, device_id: str, changes: Mapping[str, object], config: Mapping[str, object] | None, /
    ) -> None:
        """Change what is known of a device, by name, and the settings wanted of it."""

        def work(registry: DeviceRegistry, book: OrderBook) -> None:
            if config is not None:
                storable(config)  # before anything is changed
            if changes:
                revise(self._site, registry, device_id, changes, self._clock)
            if config is not None:
                book.want(device_id, config, self._clock())

        await self._do(work)

    async def rotate(self, device_id: str, /) -> str:
        """Give a device a new password and return it."""
        return await self._do(lambda registry, _book: rotate(registry, device_id, self._clock))

    async def order(self, device_id: str, name: str, args: Mapping[str, object], timeout_s: float, /) -> Order:
        """Tell a device to do something."""
        return await self._do(
            lambda _registry, book: book.order(device_id, name, args, timeout_s=timeout_s, now=self._clock())
        )

    async def calibrations(self, device_id: str, /) -> tuple[Sequence[Made], Sequence[Recalculation]]:
        """Return a device's calibrations by metric, oldest first, and its newest recalculations, newest first."""
        source = SourceId(device_id)
        return await self._calibrate(lambda _registry, book: (book.of(source), book.recalculations(source)))

    async def calibrate(
        self, device_id: str, metric: str, calibration: Calibration, note: str | None, /
    ) -> Recalculation:
        """Set a calibration and return what is computed again because of it."""

        def work(registry: DeviceRegistry, book: CalibrationBook) -> Recalculation:
            key = series_of(registry, device_id, metric)
            return _job(book, key[0], book.set(key, calibration, self._clock(), note))

        return await self._calibrate(work)

    async def uncalibrate(self, device_id: str, metric: str, valid_from: datetime, /) -> Recalculation | None:
        """Forget a calibration and return what is computed again because of it, None where there was none."""

        def work(registry: DeviceRegistry, book: CalibrationBook) -> Recalculation | None:
            key = series_of(registry, device_id, metric)
            job = book.remove(key, valid_from, self._clock())
            return None if job is None else _job(book, key[0], job)

        return await self._calibrate(work)

    async def _calibrate(self, work: Callable[[DeviceRegistry, CalibrationBook], T]) -> T:
        def whole() -> T:
            url = self._url()
            with DeviceRegistry(url, actor=self._actor) as registry, CalibrationBook(url, actor=self._actor) as book:
                return work(registry, book)

        return await asyncio.get_running_loop().run_in_executor(self._thread, whole)

    async def _do(self, work: Callable[[DeviceRegistry, OrderBook], T]) -> T:
        def whole() -> T:
            url = self._url()
            with DeviceRegistry(url, actor=self._actor) as registry, OrderBook(url, actor=self._actor) as book:
                return work(registry, book)

        return await asyncio.get_running_loop().run_in_executor(self._thread, whole)


def _job(book: CalibrationBook, source: SourceId, number: int) -> Recalculation:
    (job,) = book.recalculations(source, job=number)
    return job
