"""Passwords of devices, and what the broker needs to hold each to its own topics: pure texts, no files."""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from events.ids import SourceId

SECRET_BYTES = 18
"""144 random bits, 24 characters: nobody guesses it, whatever hash it is stored by."""

ITERATIONS = 101
SALT_BYTES = 12
HASH_BYTES = 64
"""Of Mosquitto's own `mosquitto_passwd` (2.0): `$7$`, PBKDF2 with SHA-512. Many iterations guard passwords that people
choose; each would be paid at every sign-in of every device."""

WRITTEN = ("telemetry", "event", "evidence/+", "snapshot", "status", "config/reported", "command/+/result")
"""What a device may say, below its own topics."""

HEARD = ("receipt", "error", "config", "command/+")
"""What a device may hear, below its own topics."""

_ROOT = "pantau/v1"

ANNOUNCED = ("homeassistant/#", "tasmota/discovery/#")
"""Where devices of other makers announce themselves; `pantau device discover` listens there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may sign in at the broker.

    Attributes:
        user: Name to sign in under: the device's id.
        secret_hash: Its password as Mosquitto stores it.
        speaks_for: Whose topics are its own: itself, and for a gateway those listed to it.
        foreign: Topics of other dialects on which it publishes.
        commands: Topics of other dialects on which it hears commands.
    """

    user: str
    secret_hash: str
    speaks_for: Sequence[SourceId]
    foreign: Sequence[str] = field(default_factory=tuple)
    commands: Sequence[str] = field(default_factory=tuple)


def new_secret() -> str:
    """Return a new password; it is shown once and kept nowhere."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str, salt: bytes | None = None) -> str:
    """Return a password as Mosquitto stores it: `$7$iterations$salt$hash`, both in base64.

    Args:
        secret: The password.
        salt: For tests; random by default.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, ITERATIONS, HASH_BYTES)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def password_file(accounts: Iterable[Account], own: Mapping[str, str]) -> str:
    """Return the text of Mosquitto's `password_file`.

    Args:
        accounts: Devices.
        own: Pantau's own users with their hashed passwords.
    """
    hashes = dict(own) | {account.user: account.secret_hash for account in accounts}
    return "".join(f"{user}:{secret_hash}\n" for user, secret_hash in sorted(hashes.items()))


def acl_file(
    accounts: Iterable[Account], own: Iterable[str], foreign: Iterable[str], rebirths: Iterable[str] = ()
) -> str:
    """Return the text of Mosquitto's `acl_file`: whatever is not named here is refused, everything to the anonymous.

    Args:
        accounts: Devices.
        own: Pantau's own users, who may hear and say everything.
        foreign: Topics of other dialects that Pantau hears.
        rebirths: Topics on which Pantau asks Sparkplug's edge nodes to introduce themselves anew.
    """
    hears, asks = sorted({*foreign, *ANNOUNCED}), sorted(set(rebirths))
    lines = ["# Written by `pantau device broker-files`; changes made by hand are lost."]
    for user in sorted(own):
        lines += ["", f"user {user}", f"topic readwrite {_ROOT}/#"]
        lines += [*(f"topic read {topic}" for topic in hears), *(f"topic write {topic}" for topic in asks)]
    for account in sorted(accounts, key=lambda account: account.user):
        lines += ["", f"user {account.user}", *_rights(account)]
    return "\n".join(lines) + "\n"


def _rights(account: Account) -> Iterator[str]:
    for source in account.speaks_for:
        yield from (f"topic write {_ROOT}/{source}/{kind}" for kind in WRITTEN)
        yield from (f"topic read {_ROOT}/{source}/{kind}" for kind in HEARD)
    yield from (f"topic write {topic}" for topic in account.foreign)
    yield from (f"topic read {topic}" for topic in account.commands)
