"""The broker, the database, the web server and the processes."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, ValidationInfo, field_validator

from configs.model import Contradiction, PathBeside, Port, Seconds, Secret, Section, Slug, entries, mistaken, quoted

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TRUTH = TypeAdapter(bool)


class BrokerFiles(Section):
    """Where Mosquitto looks up who may say what; written anew by ingest whenever the registry changes."""

    passwords: Annotated[PathBeside, Field(description="Mosquitto's password_file; path beside the site file.")]
    acl: Annotated[PathBeside, Field(description="Mosquitto's acl_file; path beside the site file.")]
    pid_file: Annotated[
        PathBeside | None,
        Field(description="Mosquitto's pid_file: it is told to read both. Left out, somebody else must tell it."),
    ] = None


class Broker(Section):
    """The city's bus."""

    embedded: Annotated[bool, Field(description="Start the embedded broker on loopback.")] = True
    host: Annotated[str, Field(min_length=1, description="Name or address of the broker.")] = "127.0.0.1"
    port: Annotated[Port, Field(description="TCP port of the broker; 8883 is usual with TLS.")] = 1883
    username: Annotated[str | None, Field(min_length=1, description="Who Pantau is to the broker.")] = None
    password: Annotated[Secret | None, Field(description="Write ${NAME} or file:/path, never the word itself.")] = None
    tls: Annotated[bool, Field(description="Connect with TLS; certificates of the system, or ca_file.")] = False
    ca_file: Annotated[
        PathBeside | None, Field(description="Certificate (PEM) that signs the broker's; path beside the site file.")
    ] = None
    client_id: Annotated[Slug, Field(description="Identity of the ingest session; one process at a time.")] = (
        "pantau-ingest"
    )

    files: Annotated[
        BrokerFiles | None, Field(description="Files of a Mosquitto on the machine of the ingest role.")
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: where the broker runs, and how to sign in there."""
        if values.get("files") is not None and _truth(values.get("embedded"), default=True):
            yield Contradiction(
                path=("files",),
                problem="the embedded broker asks nobody who he is, and reads no files",
                remedy="take files out, or write embedded: false to use a Mosquitto of your own",
            )
        elif values.get("files") is not None and (values.get("username") is None or values.get("password") is None):
            yield Contradiction(
                path=("files",),
                problem="with these files Pantau itself must sign in too",
                remedy="write username and password: ${NAME} beside them",
            )
        host = values.get("host", "127.0.0.1")
        if _truth(values.get("embedded"), default=True) and host not in _LOOPBACK:
            yield Contradiction(
                path=("host",),
                problem="the embedded broker listens on this machine only",
                remedy="leave host out, or write embedded: false to use a broker of your own",
            )
        if values.get("password") is not None and values.get("username") is None:
            yield Contradiction(
                path=("password",), problem="a password stands without a username", remedy="write username beside it"
            )
        if values.get("ca_file") is not None and not _truth(values.get("tls"), default=False):
            yield Contradiction(
                path=("ca_file",),
                problem="ca_file has no effect without TLS",
                remedy="write tls: true, or take ca_file out",
                warning=True,
            )


class Database(Section):
    """Where everything is kept."""

    embedded: Annotated[bool, Field(description="Start the embedded PostgreSQL in data_dir.")] = True
    url: Annotated[
        Secret | None, Field(description="postgresql://user@host/db of a real server; write it as ${NAME}.")
    ] = None
    owner_url: Annotated[
        Secret | None,
        Field(
            description="The same database by the login that owns its tables, where url has a limited one: for "
            "migrations and upkeep. Empty counts as left out."
        ),
    ] = None

    @field_validator("url", "owner_url")
    @classmethod
    def _postgres_address(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.field_name == "owner_url" and url is not None and not url.get_secret_value():
            return None
        if url is not None and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise mistaken(
                "this is not the address of a PostgreSQL database",
                "write postgresql://user:password@host:5432/database, best as ${NAME}",
            )
        return url

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: the embedded database, or the address of another."""
        embedded, given = _truth(values.get("embedded"), default=True), values.get("url") is not None
        if embedded and given:
            yield Contradiction(
                path=("url",),
                problem="a database address stands beside the embedded database",
                remedy="write embedded: false to use the address, or take url out",
            )
        elif embedded and values.get("owner_url"):
            yield Contradiction(
                path=("owner_url",),
                problem="the embedded database has one login, which owns its tables",
                remedy="take owner_url out",
            )
        elif not embedded and not given:
            yield Contradiction(
                path=("embedded",),
                problem="without the embedded database an address is needed",
                remedy="write url: ${DATABASE_URL} and set it to postgresql://user:password@host:5432/database",
            )


class Web(Section):
    """The pages and the API. Listens on loopback only until sign-in exists."""

    host: Annotated[
        str,
        Field(
            pattern=r"^(127\.0\.0\.1|localhost|::1)$",
            description="This machine only: 127.0.0.1, localhost or ::1; put a proxy with sign-in before it.",
        ),
    ] = "127.0.0.1"
    port: Annotated[Port, Field(description="TCP port of the pages and the API.")] = 8080
    operator: Annotated[str, Field(min_length=1, description="Name written beside acknowledgements.")] = "operator"
    alerts_as: Annotated[
        Slug | None,
        Field(
            description="Id of the sensor as which Prometheus' alerts enter (/api/v1/alertmanager); left out = none."
        ),
    ] = None
    supervisor: Annotated[
        bool, Field(description="Whether this operator may shelve the worst alarms and take alarms out of service.")
    ] = False


class Ingest(Section):
    """How messages are gathered into transactions."""

    batch_messages: Annotated[int, Field(ge=1, le=20_000, description="Most messages in one transaction.")] = 2_000
    batch_age_s: Annotated[
        Seconds, Field(gt=0, le=5, description="Oldest a message gets before it commits, in seconds.")
    ] = 0.05
    canary_s: Annotated[Seconds, Field(gt=0, description="Seconds between Pantau's own messages.")] = 2.0
    history_days: Annotated[
        int,
        Field(ge=8, description="Days for which it is kept when devices were there and how their clocks were off."),
    ] = 400
    """No rule is known that asks for a length; a year and a month can be compared with the year before."""


class Vision(Section):
    """How cameras are spread over worker processes."""

    workers: Annotated[int, Field(ge=1, le=256, description="Worker processes on this machine.")] = 1
    network: Annotated[bool, Field(description="Use the people detector where `pantau models install` put it.")] = True
    model: Annotated[
        PathBeside | None,
        Field(
            description="A people detector of your own instead: ONNX in YOLOX layout, path beside the site file;"
            " needs pip install 'pantau[onnx]'."
        ),
    ] = None
    network_share: Annotated[
        float, Field(gt=0, le=1, description="Share of one processor core that a worker spends on the people detector.")
    ] = 0.25
    network_every_s: Annotated[
        Seconds,
        Field(ge=0.2, description="Seconds between its looks at one camera; more where the share does not suffice."),
    ] = 1.0
    report_s: Annotated[Seconds, Field(gt=0, description="Seconds between a camera's measurements.")] = 2.0
    snapshot_s: Annotated[Seconds, Field(gt=0, description="Seconds between a camera's latest pictures.")] = 10.0


def _truth(value: object, *, default: bool) -> bool:
    """Read a truth value as pydantic would; what is missing or none at all counts as the default."""
    try:
        return _TRUTH.validate_python(value)
    except ValidationError:
        return default


def alert_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield a sensor for Prometheus' alerts that is not there.

    Args:
        values: The site file's keys, perhaps with other mistakes in them; those are passed over.
    """
    web = values.get("web")
    name = web.get("alerts_as") if isinstance(web, Mapping) else None
    if isinstance(name, str) and name not in [sensor.get("id") for _, sensor in entries(values, "sensors")]:
        yield Contradiction(
            path=("web", "alerts_as"),
            problem=f"{quoted(name)} is not among sensors",
            remedy='add a sensor of that id where the servers stand, with a metric such as alerts: {unit: "{alert}"}',
        )
