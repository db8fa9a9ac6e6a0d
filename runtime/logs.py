"""Logs: one line an event, for people on a terminal and as JSON for machines, without credentials."""

import io
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s]*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """Return text with the user and password of every URL in it removed.

    Everything up to the last `@` before the first slash goes, so a password that itself holds an `@` goes too.
    """
    return _CREDENTIALS.sub(r"\g<scheme>", text)


def _redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = without_credentials(value)
        elif isinstance(value, BaseException):
            event[key] = without_credentials(f"{type(value).__name__}: {value}")
    return event


class _StandardError(io.TextIOBase):
    """Whatever is the standard error when a line is written: a progress bar puts itself in between for a while."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _RedactingFormatter(logging.Formatter):
    """For libraries, which log addresses as they were given."""

    def format(self, record: logging.LogRecord) -> str:
        return without_credentials(super().format(record))


def set_up_logs(*, role: str, as_json: bool = False, level: int = logging.INFO) -> None:
    """Configure structlog and the standard library's logging of this process.

    Args:
        role: Which process this is; every line carries it.
        as_json: One JSON object a line instead of text.
        level: Lowest level shown.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if not as_json else "iso", utc=as_json),
            structlog.processors.format_exc_info,  # before the next, or a traceback would show what was cut out
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
    )
    structlog.contextvars.bind_contextvars(role=role)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter("%(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
