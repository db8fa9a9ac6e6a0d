"""One role, or all of them, until asked to stop."""

import threading
from pathlib import Path

import structlog
from prometheus_client import start_http_server

from app.roles import Role
from configs.site import SiteFile
from events.errors import ConfigError
from runtime.shutdown import stop_event

log = structlog.get_logger(__name__)

CHECK_S = 0.25


def run_role(site: SiteFile, file: Path, role: Role, *, worker: int, metrics_port: int | None) -> None:
    """Run a role until SIGTERM, SIGINT, or the supervisor's end.

    Raises:
        PlatformError: The role cannot go on.
    """
    stop = stop_event()
    if metrics_port is not None:
        try:
            start_http_server(metrics_port, addr="127.0.0.1")
        except OSError as error:
            raise ConfigError(
                f"--metrics-port {metrics_port} cannot be used ({error.strerror}); choose another"
            ) from error
    match role:
        case Role.ALL:
            run_all(site, file, stop)
        case Role.INGEST:
            from app.ingesting import run_ingest

            run_ingest(site, stop)
        case Role.VISION:
            from app.seeing import run_vision

            if worker >= site.vision.workers:
                raise ConfigError(
                    f"--worker {worker}: vision.workers is {site.vision.workers}, "
                    f"so workers are 0 to {site.vision.workers - 1}"
                )
            run_vision(site, worker, stop)
        case Role.WEB:
            from app.showing import run_web

            run_web(site, stop)
        case Role.NOTIFY:
            from app.notify.running import run_notify

            run_notify(site, stop)


def run_all(site: SiteFile, file: Path, stop: threading.Event) -> None:
    """Run every role of a city on this machine."""
    from app.city import City

    city = City(site, file)
    try:
        city.start(on_progress=_say)
        city.start_vision(on_progress=_say)
        log.info("running", pages=f"http://{site.web.host}:{site.web.port}/")
        while not stop.wait(CHECK_S):
            city.check()
    finally:
        city.stop()
        log.info("stopped")


def _say(step: str) -> None:
    log.info("starting", part=step)
