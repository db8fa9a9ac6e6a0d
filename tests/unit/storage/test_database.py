import psycopg
import pytest
from psycopg import errors

from events.errors import ConfigError, StorageError
from storage.database import connect, in_one_line, is_refusal, translated


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (errors.NumericValueOutOfRange(), True),
        (errors.UntranslatableCharacter(), True),
        (errors.UniqueViolation(), True),
        (errors.ProgramLimitExceeded(), True),
        (errors.ConfigurationLimitExceeded(), True),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), True),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), True),
        (errors.DiskFull(), False),
        (errors.OutOfMemory(), False),
        (errors.TooManyConnections(), False),
        (errors.DeadlockDetected(), False),
        (errors.ReadOnlySqlTransaction(), False),
        (errors.AdminShutdown(), False),
        (errors.UndefinedTable(), False),
        (psycopg.OperationalError("server closed the connection unexpectedly"), False),
    ],
)
def test_only_the_data_is_to_blame_for_a_refusal(error: Exception, *, refused: bool) -> None:
    assert is_refusal(error) is refused


def test_errors_are_told_on_one_line_without_credentials() -> None:
    error = psycopg.OperationalError("cannot reach\n\tpostgresql://budi:rahasia@db/pantau")
    assert in_one_line(error) == "cannot reach postgresql://db/pantau"
    assert in_one_line(psycopg.OperationalError()) == "OperationalError"


def test_the_drivers_error_stays_behind_ours() -> None:
    cause = errors.DiskFull("no space")
    with pytest.raises(StorageError, match="the thing failed: no space") as caught, translated("the thing failed"):
        raise cause
    assert caught.value.__cause__ is cause


@pytest.mark.parametrize(
    "url",
    ["postgresql://budi:rahas%zzia@db/pantau", "postgresql://budi:rahas ia@db/pantau", "postgresql://[::1/rahasia"],
)
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    with pytest.raises(ConfigError, match="percent-encoded") as caught:
        connect(url, name="test")
    assert "rahas" not in str(caught.value)
    assert caught.value.__suppress_context__
