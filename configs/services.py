"""The broker, the database, the web server and the processes."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from configs.model import Port, Seconds, Section, Slug


class Broker(Section):
    """The city's bus."""

    embedded: Annotated[bool, Field(description="Start the embedded broker on loopback.")] = True
    host: str = "127.0.0.1"
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    tls: Annotated[bool, Field(description="Connect with TLS; certificates of the system, or ca_file.")] = False
    ca_file: Path | None = None
    client_id: Annotated[Slug, Field(description="Identity of the ingest session; one process at a time.")] = (
        "pantau-ingest"
    )

    @model_validator(mode="after")
    def _embedded_is_local(self) -> Self:
        if self.embedded and self.host not in {"127.0.0.1", "localhost"}:
            raise ValueError("an embedded broker binds to loopback: leave host out, or write embedded: false")
        if self.password is not None and self.username is None:
            raise ValueError("password without username")
        return self


class Database(Section):
    """Where everything is kept."""

    embedded: Annotated[bool, Field(description="Start the embedded PostgreSQL in data_dir.")] = True
    url: Annotated[
        SecretStr | None, Field(description="postgresql://user@host/db of a real server; write it as ${NAME}.")
    ] = None

    @model_validator(mode="after")
    def _embedded_or_url(self) -> Self:
        if self.embedded == (self.url is not None):
            raise ValueError("write either embedded: true, or embedded: false with url")
        return self


class Web(Section):
    """The pages and the API. Listens on loopback only until sign-in exists."""

    host: Annotated[str, Field(pattern=r"^(127\.0\.0\.1|localhost|::1)$", description="Loopback only.")] = "127.0.0.1"
    port: Port = 8080
    operator: Annotated[str, Field(min_length=1, description="Name written beside acknowledgements.")] = "operator"


class Ingest(Section):
    """How messages are gathered into transactions."""

    batch_messages: Annotated[int, Field(ge=1, le=20_000, description="Most messages in one transaction.")] = 2_000
    batch_age_s: Annotated[Seconds, Field(gt=0, le=5, description="Oldest a message gets before it commits.")] = 0.05
    canary_s: Annotated[Seconds, Field(gt=0, description="Seconds between Pantau's own messages.")] = 2.0


class Vision(Section):
    """How cameras are spread over worker processes."""

    workers: Annotated[int, Field(ge=1, le=256, description="Worker processes on this machine.")] = 1
    network: Annotated[bool, Field(description="Use the people detector where `pantau models install` put it.")] = True
    report_s: Annotated[Seconds, Field(gt=0, description="Seconds between a camera's measurements.")] = 2.0
    snapshot_s: Annotated[Seconds, Field(gt=0, description="Seconds between a camera's latest pictures.")] = 2.0
