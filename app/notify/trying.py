"""Test messages: sent now, so that a wrong address is found before a flood."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from app.notify.message import Message
from app.notify.sending import AppriseReceiver
from configs.notifications import Channel
from configs.site import SiteFile
from runtime.isolation import Fault, isolated


def channels_of(site: SiteFile) -> Sequence[Channel]:
    """Return the channels of a city."""
    return () if site.notifications is None else site.notifications.channels


def try_channel(site: SiteFile, channel: Channel) -> bool:
    """Send a test message and tell whether it was accepted.

    Raises:
        ConfigError: the address is none that Apprise knows.
    """
    body = f"Ini pesan uji ke {channel.id}. Tidak ada kejadian. / This is a test; nothing happened."
    return AppriseReceiver(channel).send(Message(title=f"Uji Pantau: {site.city.name}", body=body))


class Channels:
    """The channels of a city, for the pages."""

    def __init__(self, site: SiteFile) -> None:
        self._site = site
        self._channels = {channel.id: channel for channel in channels_of(site)}
        self._sender = ThreadPoolExecutor(1, thread_name_prefix="test-message")

    def names(self) -> Sequence[str]:
        """Return the ids of the channels."""
        return list(self._channels)

    async def test(self, channel: str) -> bool:
        """Send a test message now; False where it was not accepted. One at a time."""
        chosen = self._channels[channel]
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(
            self._sender, lambda: isolated("notify", lambda: try_channel(self._site, chosen))
        )
        return outcome if not isinstance(outcome, Fault) else False

    def close(self) -> None:
        """Let go of the sender; a message under way is not waited for."""
        self._sender.shutdown(wait=False, cancel_futures=True)
