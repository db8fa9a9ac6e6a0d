"""The notify role: messages about alarms, the daily digest, and the heartbeat."""

import threading

import structlog

from app.database import connect_url
from app.notify.digest import DigestTeller
from app.notify.sending import BATCH, AppriseReceiver, Notifier, Pulse
from app.notify.webhooks import Feed
from configs.site import SiteFile
from events.errors import StorageError
from runtime.clock import Clock, utc_now
from storage.feeds import FeedBook
from storage.governance import DigestBook
from storage.listening import read_listened_until
from storage.notices import NoticeBox

log = structlog.get_logger(__name__)

POLL_S = 0.5


def run_notify(site: SiteFile, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Send messages until asked to stop; a database that is away is waited for.

    Raises:
        ConfigError: A channel's address is none.
    """
    settings = site.notifications
    if settings is None:
        log.info("nobody is to be told of anything: the site file has no notifications")
        stop.wait()
        return
    receivers = {channel.id: AppriseReceiver(channel) for channel in settings.channels}
    url = connect_url(site)
    pulse = None
    if settings.heartbeat is not None:
        pulse = Pulse(settings.heartbeat, lambda: read_listened_until(url), clock=clock)
    teller = None
    if site.governance.digest is not None:
        teller = DigestTeller(site, lambda: DigestBook(url), receivers=receivers, clock=clock)
    external = f"http://{site.web.host}:{site.web.port}"
    feeds = [Feed(hook, external=external, clock=clock) for hook in settings.webhooks]
    while not stop.is_set():
        try:
            with NoticeBox(url) as box, FeedBook(url) as book:
                notifier = Notifier(site, box, receivers=receivers, clock=clock)
                while not stop.is_set():
                    if pulse is not None:
                        pulse.turn()
                    if teller is not None:
                        teller.turn()
                    followed = sum(feed.turn(book) for feed in feeds)
                    if notifier.turn() < BATCH and not followed:
                        stop.wait(POLL_S)
        except StorageError as error:
            log.warning("the outbox cannot be read and is tried again", error=error)
            stop.wait(2.0)
