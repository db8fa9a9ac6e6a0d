"""Keeps what edge nodes said of themselves, and asks those that must say it again."""

from collections.abc import Iterator

import structlog

from devices.dialects.sparkplug import EdgeNodes
from events.errors import StorageError
from storage.edge_births import write_births

log = structlog.get_logger(__name__)


def attend_nodes(nodes: EdgeNodes, url: str) -> Iterator[tuple[str, bytes]]:
    """Keep the births that changed; yield the requests that are due, topic and payload. Call a few times a second.

    A birth is kept when its message is understood, about when that is committed. Where Pantau dies between the two, the
    message comes again; where it dies the other way round, the node is asked for a new birth, if the site file lets it,
    or its aliases stay unknown until it is born again.

    Args:
        nodes: Every edge node.
        url: Database address.
    """
    news = nodes.news()
    if news:
        try:
            write_births(url, news)
        except StorageError as error:
            log.warning("births of edge nodes are kept later", problem=str(error))
            nodes.keep_again(news)
    yield from nodes.rebirths()
