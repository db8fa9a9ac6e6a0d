"""The `pantau database` commands."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.upkeep.login_commands import grant, grant_office, logins, revoke
from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()
ERR = Console(stderr=True)

database_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="What lies in the database, since when, and bringing it up to date by hand.\n\n"
    "A running Pantau keeps rollups and old data in order by itself (ingest role).",
)

database_app.command()(logins)
database_app.command()(grant)
database_app.command(name="grant-opd")(grant_office)
database_app.command()(revoke)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]


@database_app.command()
def show(config: ConfigOption) -> None:
    """Show the edition, the size of each table, since when data is kept, and what waits to be rolled up."""
    from app.database import running_database
    from configs.load import load_site
    from storage.upkeep import read_standing

    set_up_logs(role="database")
    with running_database(load_site(config)) as url:
        standing = read_standing(url)
    sizes = Table("table", "rows, about", "MB", "chunks", "compressed")
    for one in standing.relations:
        chunks = ("", "") if one.chunks is None else (str(one.chunks), str(one.compressed))
        rows = "" if one.rows is None else f"{one.rows:,}"
        sizes.add_row(one.name, rows, f"{one.bytes / 1e6:.1f}", *chunks)
    OUT.print(f"edition: {standing.edition}", highlight=False)
    OUT.print(sizes)
    for name, edge in standing.edges:
        OUT.print(f"{name}: kept since {edge:%Y-%m-%d %H:%M} UTC", highlight=False)
    since = "" if standing.oldest_wait is None else f", the oldest from {standing.oldest_wait:%Y-%m-%d %H:%M:%S} UTC"
    OUT.print(f"waiting to be rolled up: {standing.waiting} notes{since}", highlight=False)


@database_app.command()
def dump(
    config: ConfigOption,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Must not exist yet.")],
) -> None:
    """Write the whole database into one file, as of this moment; Pantau may run meanwhile.

    Pictures are not in it: copy the folder `pictures` of data_dir afterwards, so that every picture named is there.
    """
    from app.database import running_database
    from configs.load import load_site
    from storage.backup import dump as dump_database

    set_up_logs(role="database")
    with running_database(load_site(config)) as url, ERR.status("Dumping ..."):
        dump_database(url, file)
    OUT.print(f"{file}: {file.stat().st_size / 1e6:.1f} MB", highlight=False, soft_wrap=True)


@database_app.command()
def restore(
    config: ConfigOption,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `dump` wrote it.")],
) -> None:
    """Fill an empty database from such a file, and bring it to the schema of this release.

    The server must have the edition of the one that was dumped. Start Pantau afterwards, not before.
    """
    from app.database import running_database
    from configs.load import load_site
    from storage.backup import restore as restore_database
    from storage.migrations import migrate

    set_up_logs(role="database")
    with running_database(load_site(config)) as url, ERR.status("Restoring ..."):
        restore_database(url, file)
        applied = migrate(url)
    newer = f", and brought up to date by {len(applied)} migrations" if applied else ""
    OUT.print(f"{file} is restored{newer}.", highlight=False, soft_wrap=True)


@database_app.command()
def rollup(
    config: ConfigOption,
    begin: Annotated[
        datetime | None, typer.Option("--from", help="Roll everything up again from this device time on (UTC).")
    ] = None,
    end: Annotated[datetime | None, typer.Option("--until", help="... until this one.")] = None,
) -> None:
    """Bring the rollups up to date now; with --from and --until, after readings were loaded past Pantau.

    Never reaches below what is kept raw. Broken off, it goes on with the next run.
    """
    from datetime import UTC

    from app.database import running_database
    from configs.load import load_site
    from storage.dirty import mark_dirty
    from storage.rollups import Rollups
    from storage.upkeep import Upkeep

    set_up_logs(role="database")
    if (begin is None) != (end is None):
        raise ConfigError("--from and --until belong together: give both, or neither")
    with running_database(load_site(config)) as url, Upkeep(url) as upkeep:
        if begin is not None and end is not None:
            span = (None, begin.replace(tzinfo=begin.tzinfo or UTC), end.replace(tzinfo=end.tzinfo or UTC))
            with upkeep.connection.cursor() as cursor:
                mark_dirty(cursor, [span])
        if not upkeep.take():
            OUT.print("A running Pantau keeps the rollups; it does what is noted within half a minute.")
            return
        rollups = Rollups(upkeep.connection)
        with ERR.status("Rolling up ...") as status:
            total = 0

            def on_step(done: int) -> None:
                nonlocal total
                total += done
                status.update(f"Rolling up: {total} notes done, {rollups.waiting()} left")

            rollups.refresh(on_step=on_step)
    OUT.print(f"{total} notes of changed readings rolled up.", highlight=False)
