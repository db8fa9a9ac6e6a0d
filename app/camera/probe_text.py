"""A probe as people read it on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.camera.figures import Figures
from app.camera.probe import Probe


def print_probe(console: Console, found: Probe) -> None:
    """Print what was found: figures, costs, troubles, and what to write in the site file."""
    console.print(f"[bold]{escape(found.source)}[/]", soft_wrap=True, highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, value in _rows(found):
        table.add_row(name, escape(value))
    console.print(table)
    for trouble in found.troubles:
        console.print(f"[yellow]![/] {escape(trouble)}", soft_wrap=True, highlight=False)
    if not found.troubles:
        console.print("[green]Nothing is wrong with the stream.[/]")
    console.print(
        f"Write [bold]decode: {found.advice.mode}[/]: {escape(found.advice.reason)}.", soft_wrap=True, highlight=False
    )


def _rows(found: Probe) -> Iterator[tuple[str, str]]:
    stream, figures = found.stream, found.figures
    profile = f" {stream.profile}" if stream.profile else ""
    yield "codec", f"{stream.codec}{profile}, {stream.width_px}x{stream.height_px}, {stream.pixels}"
    yield "sound", "comes along, and is not used" if stream.audio else "none"
    stated = f" (stated: {stream.stated_fps:.4g})" if stream.stated_fps else ""
    yield "pictures", f"{figures.fps:.2f} a second{stated}, {figures.pictures} in {figures.seconds:.1f} s"
    yield "keyframes", _keyframes(figures)
    yield "bit rate", f"{figures.kbit_per_s:,.0f} kbit/s"
    if figures.jitter_ms is not None:
        yield (
            "regularity",
            (
                f"95 % within {figures.jitter_ms:.0f} ms; longest pause {figures.longest_gap_s:.2f} s,"
                f" {figures.gaps} gaps"
            ),
        )
    yield "damaged", f"{figures.damaged} of {figures.pictures}"
    yield "clock", _clock(figures)
    yield "decoding", f"{figures.decode_ms:.2f} ms a picture, {figures.keyframe_ms:.2f} ms a keyframe (processor time)"
    for mode, cost in found.costs.items():
        spent = f"{cost.decoding_ms_per_s:.1f} ms decoding + {cost.looking_ms_per_s:.1f} ms looking a second"
        yield f"cost, {mode}", f"{spent}: about {cost.cameras_per_core:.0f} such cameras a core"


def _keyframes(figures: Figures) -> str:
    if figures.gop_s is None:
        return f"fewer than two in {figures.seconds:.0f} s"
    return (
        f"every {figures.gop_s:.2f} s ({figures.gop_pictures} pictures), at the longest {figures.gop_longest_s:.1f} s"
    )


def _clock(figures: Figures) -> str:
    parts = []
    if figures.clock_rate is not None:
        parts.append(f"stream runs at {figures.clock_rate:.3f} of real time")
    parts.append(f"{figures.clock_jumps} jumps back")
    if figures.clock_offset_s is None:
        parts.append("the camera does not tell its time")
    else:
        parts.append(f"camera differs by {figures.clock_offset_s:+.1f} s")
    return ", ".join(parts)
