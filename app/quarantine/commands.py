"""The `pantau quarantine` commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from events.errors import ConfigError
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from storage.quarantined import Selection

OUT = Console()
ERR = Console(stderr=True)

quarantine_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Look at messages that could not be accepted, and take them in once what was wrong is mended.\n\n"
    "The usual way: [bold]pantau quarantine list -c SITE.yaml[/] says why messages are there; correct the site file "
    "or the device; [bold]pantau quarantine replay -c SITE.yaml --reason unknown_metric[/] takes them in.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="ID", help="Only messages of this source.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", metavar="REASON", help="Only messages there for this.")]
Numbers = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER...]", help="Numbers as `list` shows them.")]


@quarantine_app.command(name="list")
def list_(
    config: ConfigOption,
    source: SourceOption = None,
    reason: ReasonOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Messages shown at most.")] = 20,
) -> None:
    """Say how many messages are there for which reason, and show the oldest of them."""
    from storage.quarantined import Quarantine, Selection

    set_up_logs(role="quarantine")
    with _database(config) as url, Quarantine(url) as quarantine:
        reasons = quarantine.reasons(source)
        if not reasons:
            OUT.print("Quarantine is empty.")
            return
        counts = Table("reason", "messages", "sources", "oldest", "newest")
        for r in reasons:
            first_at, last_at = (f"{at.astimezone():%Y-%m-%d %H:%M:%S}" for at in (r.first_at, r.last_at))
            counts.add_row(r.reason, str(r.messages), str(r.sources), first_at, last_at)
        OUT.print(counts)
        messages = Table("number", "received", "topic", "reason", "bytes")
        for kept in next(quarantine.pages(Selection(source=source, reason=reason), limit), []):
            received = f"{kept.received_at.astimezone():%Y-%m-%d %H:%M:%S}"
            messages.add_row(str(kept.id), received, escape(kept.topic), kept.reason, str(kept.size_bytes))
        OUT.print(messages)


@quarantine_app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number as `list` shows it.")],
    config: ConfigOption,
    payload: Annotated[
        Path | None, typer.Option("--payload", metavar="FILE", help="Write the payload there, byte for byte.")
    ] = None,
) -> None:
    """Show one message whole: where it came from, why it is here, and what it says."""
    from storage.quarantined import Quarantine, Selection

    set_up_logs(role="quarantine")
    with _database(config) as url, Quarantine(url) as quarantine:
        found = next(quarantine.pages(Selection(ids=[number])), [])
    if not found:
        raise ConfigError(f"no message {number} is in quarantine; `pantau quarantine list` shows those that are")
    kept = found[0]
    OUT.print(f"topic     {escape(kept.topic)}", soft_wrap=True, highlight=False)
    OUT.print(f"received  {kept.received_at.astimezone().isoformat()}", highlight=False)
    OUT.print(f"reason    {kept.reason}", highlight=False)
    OUT.print(f"          {escape(kept.detail)}", soft_wrap=True, highlight=False)
    OUT.print(f"payload   {kept.size_bytes} bytes{'' if kept.whole else f', of which {len(kept.payload)} are kept'}")
    if payload is not None:
        _write(payload, kept.payload)
        return
    text = kept.payload.decode("utf-8", "backslashreplace")
    OUT.print("".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text), markup=False, soft_wrap=True)


@quarantine_app.command(name="replay")
def replay_(
    config: ConfigOption,
    numbers: Numbers = None,
    source: SourceOption = None,
    reason: ReasonOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every message there is.")] = False,
) -> None:
    """Take messages in by the present site file; what is still refused stays, and is counted by its reason.

    Values taken in late go to the time series and raise no alarms. Repeating a replay is harmless.
    """
    from app.progress import counting
    from app.quarantine.replay import replay
    from configs.load import load_site

    set_up_logs(role="quarantine")
    selection = _selected(numbers, source, reason, everything=everything)
    with _database(config) as url, counting(ERR, "Replaying") as on_progress:
        outcome = replay(load_site(config), url, selection, on_progress=on_progress)
    OUT.print(f"{outcome.taken} messages taken in, {outcome.rows} readings stored.", highlight=False)
    for why, messages in outcome.left.most_common():
        OUT.print(f"{messages} still there: {why}", highlight=False)


@quarantine_app.command()
def drop(
    config: ConfigOption,
    numbers: Numbers = None,
    source: SourceOption = None,
    reason: ReasonOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every message there is.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget messages for good."""
    from storage.quarantined import Quarantine

    set_up_logs(role="quarantine")
    selection = _selected(numbers, source, reason, everything=everything)
    with _database(config) as url, Quarantine(url) as quarantine:
        ids = [kept.id for page in quarantine.pages(selection) for kept in page]
        if ids and not yes:
            typer.confirm(f"Forget {len(ids)} messages for good?", abort=True)
        OUT.print(f"{quarantine.drop(ids)} messages forgotten.", highlight=False)


def _selected(numbers: list[int] | None, source: str | None, reason: str | None, *, everything: bool) -> "Selection":
    from storage.quarantined import Selection

    if not (numbers or source or reason or everything):
        raise ConfigError("say which messages: their numbers, --source, --reason, or --all")
    return Selection(ids=numbers or None, source=source, reason=reason)


@contextmanager
def _database(config: Path) -> Iterator[str]:
    from app.database import running_database
    from configs.load import load_site

    with running_database(load_site(config)) as url:
        yield url


def _write(path: Path, payload: bytes) -> None:
    try:
        path.write_bytes(payload)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
    OUT.print(f"Written to {escape(str(path))}", soft_wrap=True, highlight=False)
