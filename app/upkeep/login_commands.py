"""The `pantau database` commands about logins: who may read what."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()
ERR = Console(stderr=True)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
LoginOption = Annotated[
    str | None, typer.Option("--login", help="Name of the database user; left out, DATABASE_KIND.", metavar="NAME")
]


def logins(config: ConfigOption) -> None:
    """List the logins that Pantau made for this database, and the roles they may have."""
    from app.database import running_database
    from configs.load import load_site
    from storage.database import connect
    from storage.logins import Logins

    set_up_logs(role="database")
    with running_database(load_site(config)) as url, connect(url, name="logins", autocommit=True) as connection:
        known = Logins(connection).all()
    table = Table("login", "for", "office", "password of (UTC)", "connections")
    for one in known:
        connections = str(one.connections) if one.exists else "not on this server"
        table.add_row(one.name, one.kind, one.office or "", f"{one.made_at:%Y-%m-%d %H:%M}", connections)
    if known:
        OUT.print(table)
    else:
        OUT.print("There are none: `pantau database grant` and `pantau database grant-opd` make some.", highlight=False)


def grant(
    config: ConfigOption,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="ingest, web or reader.")],
    login: LoginOption = None,
) -> None:
    """Make a login for a role of Pantau or for readers, or give it a new password.

    ingest: for `pantau run --role ingest` and notify. web: for `--role web`. reader: reads the views of schema api, for
    Grafana and reports.
    """
    if kind not in {"ingest", "web", "reader"}:
        raise ConfigError(f"there is no kind of login {kind}: write ingest, web or reader")
    _grant(config, kind, login, None)


def grant_office(
    config: ConfigOption,
    office: Annotated[str, typer.Argument(metavar="OPD", help="Id of an office of the site file.")],
    login: LoginOption = None,
) -> None:
    """Make the login by which one office reads its own data and what is public, or give it a new password."""
    _grant(config, "opd", login, office)


def revoke(
    config: ConfigOption, login: Annotated[str, typer.Argument(metavar="LOGIN", help="As `logins` lists it.")]
) -> None:
    """Remove a login, and end its connections."""
    from app.database import running_database
    from configs.load import load_site
    from storage.database import connect
    from storage.logins import Logins

    set_up_logs(role="database")
    with running_database(load_site(config)) as url, connect(url, name="logins", autocommit=True) as connection:
        ended = Logins(connection).revoke(login)
    OUT.print(f"{login} is removed; {ended} of its connections were ended.", highlight=False, markup=False)


def _grant(config: Path, kind: str, login: str | None, office: str | None) -> None:
    from app.database import running_database
    from configs.load import load_site
    from runtime.clock import utc_now
    from storage.database import connect
    from storage.logins import Kind, Logins

    set_up_logs(role="database")
    site = load_site(config)
    with running_database(site) as url, connect(url, name="logins", autocommit=True) as connection:
        name, password = Logins(connection).grant(Kind(kind), utc_now(), name=login, office=office)
    OUT.print(f"login:    {name}", highlight=False, markup=False)
    OUT.print(f"password: {password}", highlight=False, markup=False)
    ERR.print("The password is shown this once, and kept nowhere but as a verifier in the server.", highlight=False)
    if site.database.url is None:
        ERR.print(
            "The embedded database listens on a socket that only this machine's owner can open, and asks nobody for a "
            "password: logins for others need a server of your own.",
            highlight=False,
        )
