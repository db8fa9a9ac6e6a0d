"""The error tree. Each branch says who must act and who still owns the data.

PlatformError
├── ConfigError        an administrator edits the site file
├── SourceError        a camera or broker is away: retry
├── PayloadError       a message cannot be accepted: quarantine, then acknowledge
├── StorageError       nothing is known to be kept: do not acknowledge, retry
├── LeaseHeldError     another process does this work: wait until it is gone
├── ConflictError      a command does not fit the alarm's state: refuse without change
├── LimitError         a command asks for more than is allowed to anybody: refuse without change
└── ForbiddenError     a command asks for more than is allowed to this person: refuse without change
"""


class PlatformError(Exception):
    """Any failure Pantau expects and names."""


class ConfigError(PlatformError):
    """The site file, or a command's argument, is wrong; the message says where and what to write instead."""


class SourceError(PlatformError):
    """A source of data cannot be read just now."""


class PayloadError(PlatformError):
    """A message cannot be accepted.

    Attributes:
        reason: Short machine-readable reason, fit for a metric label and for counting in quarantine.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StorageError(PlatformError):
    """The database did not confirm a write; the caller still owns the data."""


class LeaseHeldError(PlatformError):
    """Another process works under this name; the message says which."""


class ConflictError(PlatformError):
    """The alarm is not in a state in which this command makes sense."""


class LimitError(PlatformError):
    """The command asks for more than is allowed to anybody, such as shelving for too long."""


class ForbiddenError(PlatformError):
    """The command needs a supervisor."""
