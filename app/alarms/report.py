"""The report on the alarm stream: computed from the database, printed on a terminal or as a page for paper."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from html import escape
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from alerts.performance import performance
from alerts.precision import precisions
from configs.site import SiteFile
from events.alarm import AlarmKey, AlarmRecord
from events.performance import Figure, Nuisance, Performance
from events.shifts import shifts_between
from events.truth import JudgedAlarm, Precision, Precisions
from runtime.clock import utc_now
from storage.alarms import AlarmStore
from storage.verdicts import VerdictStore

SIGNS = {"good": "[green]ok[/]", "fair": "[yellow]~[/]", "bad": "[red]![/]", "none": ""}

_STYLE = """
@page { size: A4; margin: 12mm; } body { font: 12px/1.4 system-ui, "Liberation Sans", sans-serif; color: #1e2426;
  max-width: 190mm; margin: 10mm auto; } h1 { font-size: 19px; margin: 0; } h2 { font-size: 14px; margin: 14px 0 4px; }
table { border-collapse: collapse; width: 100%; } td, th { border-top: 1px solid #c9cfd1; padding: 2px 8px 2px 0;
  text-align: left; } td.n { text-align: right; font-variant-numeric: tabular-nums; } .dim, small { color: #59656a; }
.bad { color: #b23a00; font-weight: 600; } .fair { color: #9a6b00; } .good { color: #2f6f4f; }
@media print { body { margin: 0; max-width: none; font-size: 10px; } section { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of the whole period and of each shift in it."""

    period: Performance
    shifts: Sequence[Performance]
    precision: Precisions | None = None


def review(site: SiteFile, url: str, back: timedelta) -> Report:
    """Read the stream's last stretch and compute its figures.

    Args:
        site: The city.
        url: Database address.
        back: How far back from now.

    Raises:
        StorageError: The database is away.
    """
    end = utc_now()
    start = end - back
    records, judged = asyncio.run(_read(url, start, end))
    found = computed(records, site, start, end)
    return replace(found, precision=precisions(judged, ZoneInfo(site.city.timezone)) if judged else None)


def computed(records: Sequence[AlarmRecord], site: SiteFile, start: datetime, end: datetime) -> Report:
    """Compute the figures of a period and of its shifts from the stream's records."""
    room = site.control_room
    begins = [time.fromisoformat(begin) for begin in room.shifts]
    shifts = shifts_between(begins, ZoneInfo(site.city.timezone), start, end)
    return Report(
        period=performance(records, start=start, end=end, operators=room.operators),
        shifts=[performance(records, start=a, end=b, operators=room.operators) for a, b in shifts],
    )


async def _read(url: str, start: datetime, end: datetime) -> tuple[Sequence[AlarmRecord], Sequence[JudgedAlarm]]:
    async with AlarmStore(url) as alarms, VerdictStore(url) as verdicts:
        return await alarms.between(start, end), await verdicts.between(start, end)


def print_report(found: Report, site: SiteFile, out: Console) -> None:
    """Print the report."""
    zone = ZoneInfo(site.city.timezone)
    period = found.period
    out.print(f"[bold]{site.city.name}[/]: {_span(period, zone)}, {period.alarms} alarms, {period.operators} operators")
    if period.too_short:
        out.print("The standards judge by thirty days or more: read the verdicts of so short a time with care.")
    figures = Table("figure", "value", "target", "limit", "")
    for one in period.figures:
        figures.add_row(one.text[1], _value(one), _bound(one.target, one), _bound(one.limit, one), SIGNS[one.verdict])
    out.print(figures)
    if period.most_frequent:
        frequent = Table("most frequent", "source", "zone", "times")
        for key, times in period.most_frequent:
            frequent.add_row(key.rule, key.source, key.zone, str(times))
        out.print(frequent)
    if period.nuisances:
        nuisances = Table("comes and goes", "source", "zone", "chattered", "fleeting", "would have kept it quiet")
        for nuisance in period.nuisances:
            counts = (str(nuisance.chattered or ""), str(nuisance.fleeting or ""))
            nuisances.add_row(nuisance.key.rule, nuisance.key.source, nuisance.key.zone, *counts, _delays(nuisance))
        out.print(nuisances)
    if found.shifts:
        shifts = Table("shift", "alarms", "per hour", "largest in 10 min", "in flood")
        for shift in found.shifts:
            by_name = {one.name: one for one in shift.figures}
            values = [_value(by_name[name]) for name in ("per_hour", "largest_window", "flood_time")]
            shifts.add_row(_span(shift, zone), str(shift.alarms), *values)
        out.print(shifts)
    _print_precision(found.precision, out)
    out.print("Mix: " + ", ".join(f"{p.name.lower()} {100 * share:.0f} %" for p, share in period.mix.items()))


def _print_precision(found: Precisions | None, out: Console) -> None:
    if found is None:
        return
    told = Table("told the truth", "true", "false", "test", "precision", "95 % between")
    for one in _listed(found):
        told.add_row(one.name, str(one.true), str(one.false), str(one.test), _shares(one.share), _bounds(one))
    out.print(told)


def as_html(found: Report, site: SiteFile) -> str:
    """Return the report as one page in Bahasa Indonesia with English beside, fit for paper."""
    zone = ZoneInfo(site.city.timezone)
    parts = [
        '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Kinerja alarm</title>',
        f'<style>{_STYLE}</style></head><body><h1>Kinerja alarm <small lang="en">Alarm performance</small></h1>',
        f"<p>{escape(site.city.name)}, {_span(found.period, zone)}: {found.period.alarms} alarm</p>",
    ]
    if found.period.too_short:
        parts.append(
            "<p class=dim>Standar menilai dari tiga puluh hari atau lebih. "
            '<span lang="en">The standards judge by thirty days or more.</span></p>'
        )
    parts += [*_figures_html(found.period), *_frequent_html(found.period)]
    parts += [*_nuisances_html(found.period), *_shifts_html(found.shifts, zone)]
    parts += _precision_html(found.precision)
    return "".join([*parts, "</body></html>"])


def _listed(found: Precisions) -> Iterator[Precision]:
    yield replace(found.whole, name="all")
    yield from (*found.rules, *found.sources)
    yield from (replace(one, name=f"{one.name}:00") for one in found.hours)


def _shares(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def _bounds(one: Precision) -> str:
    return "" if one.bounds is None else " to ".join(map(_shares, one.bounds))


def _precision_html(found: Precisions | None) -> Iterator[str]:
    if found is None:
        return
    yield '<section><h2>Ketepatan menurut operator <small lang="en">Precision by verdicts</small></h2><table>'
    yield "<tr><th>Aturan, sumber, jam<th>Benar<th>Palsu<th>Uji<th>Ketepatan<th>95 %</tr>"
    for one in _listed(found):
        counts = f"<td class=n>{one.true}<td class=n>{one.false}<td class=n>{one.test}"
        yield f"<tr><td>{escape(one.name)}{counts}<td class=n>{_shares(one.share)}<td class=n>{_bounds(one)}</tr>"
    yield "</table></section>"


def _figures_html(period: Performance) -> Iterator[str]:
    yield "<section><table><tr><th>Ukuran<th>Nilai<th>Target<th>Batas</tr>"
    for one in period.figures:
        indonesian, english = map(escape, one.text)
        yield (
            f'<tr><td>{indonesian} <small lang="en">{english}</small><td class="n {one.verdict}">{_value(one)}'
            f"<td class=n>{_bound(one.target, one)}<td class=n>{_bound(one.limit, one)}</tr>"
        )
    yield "</table></section>"


def _frequent_html(period: Performance) -> Iterator[str]:
    if not period.most_frequent:
        return
    yield '<section><h2>Alarm tersering <small lang="en">Most frequent</small></h2><table>'
    yield "<tr><th>Aturan<th>Sumber<th>Zona<th>Kali</tr>"
    for key, times in period.most_frequent:
        yield f"<tr>{_key_html(key)}<td class=n>{times}</tr>"
    yield "</table></section>"


def _nuisances_html(period: Performance) -> Iterator[str]:
    if not period.nuisances:
        return
    yield '<section><h2>Datang dan pergi terlalu cepat <small lang="en">Comes and goes too fast</small></h2><table>'
    yield "<tr><th>Aturan<th>Sumber<th>Zona<th>Bergetar<th>Sekejap<th>Saran</tr>"
    for one in period.nuisances:
        yield f"<tr>{_key_html(one.key)}<td class=n>{one.chattered}<td class=n>{one.fleeting}<td>{_delays(one)}</tr>"
    yield "</table></section>"


def _shifts_html(shifts: Sequence[Performance], zone: ZoneInfo) -> Iterator[str]:
    if not shifts:
        return
    yield '<section><h2>Per giliran <small lang="en">By shift</small></h2><table>'
    yield "<tr><th>Giliran<th>Alarm<th>Per jam<th>Terbanyak dalam 10 menit<th>Dalam banjir</tr>"
    for shift in shifts:
        by_name = {one.name: one for one in shift.figures}
        cells = (by_name[name] for name in ("per_hour", "largest_window", "flood_time"))
        values = "".join(f'<td class="n {one.verdict}">{_value(one)}' for one in cells)
        yield f"<tr><td>{_span(shift, zone)}<td class=n>{shift.alarms}{values}</tr>"
    yield "</table></section>"


def _key_html(key: AlarmKey) -> str:
    return f"<td>{escape(key.rule)}<td>{escape(key.source)}<td>{escape(key.zone)}"


def _delays(one: Nuisance) -> str:
    """Return the delays as they are written in the site file."""
    said = {"hold_s": one.hold_s, "clear_hold_s": one.clear_hold_s}
    return ", ".join(f"{name}: {seconds}" for name, seconds in said.items() if seconds)


def _span(of: Performance, zone: ZoneInfo) -> str:
    start, end = (moment.astimezone(zone) for moment in (of.start, of.end))
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} - {last}"


def _value(one: Figure) -> str:
    if one.value is None:
        return "-"
    text = f"{one.value:.1f}" if one.value % 1 else f"{one.value:.0f}"
    return f"{text} %" if one.unit == "%" else text


def _bound(bound: float | None, one: Figure) -> str:
    return "" if bound is None else f"{bound:g} %" if one.unit == "%" else f"{bound:g}"
