"""A commissioning report: one page of HTML that needs nothing but itself, fit for A4."""

from collections.abc import Iterator
from html import escape

from app.camera.abilities import Ability
from app.camera.commission import Commission
from app.camera.probe import duration_text
from app.camera.report_pictures import as_jpeg, light_chart, lit, scenery
from vision.detector import Finder

_MINUTES_FROM_S = 180.0

_SIGNS = {"good": "&#10003;", "limited": "!", "cannot": "&#10007;"}
_WORDS = {"good": "will do", "limited": "with limits", "cannot": "cannot"}

_STYLE = """
:root { --line: #c9cfd1; --dim: #59656a; --good: #2f6f4f; --limited: #9a6b00; --cannot: #b23a00; }
@page { size: A4; margin: 11mm; }
* { box-sizing: border-box; }
body { font: 12px/1.4 system-ui, "Segoe UI", "Liberation Sans", sans-serif; color: #1e2426; max-width: 190mm;
  margin: 10mm auto; padding: 0 4mm; background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 9.5px; line-height: 1.3; }
  .scene { width: auto; max-width: 100%; max-height: 88mm; } .chart { max-height: 34mm; width: auto; } }
h1 { font-size: 19px; margin: 0; } h2 { font-size: 13px; margin: 10px 0 4px; }
p { margin: 2px 0; } .dim { color: var(--dim); }
.scene { width: 100%; border-radius: 3px; margin-top: 6px; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; align-items: start; }
figure { margin: 0; } figure img { width: 100%; border-radius: 3px; } figcaption { color: var(--dim); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
  border-top: 1px solid var(--line); padding: 2px 8px 2px 0; } th { font-weight: 600; white-space: nowrap; }
.chart { width: 100%; }
.good { color: var(--good); } .limited { color: var(--limited); } .cannot { color: var(--cannot); }
.verdict { white-space: nowrap; font-weight: 600; } ul { margin: 0; padding-left: 14px; }
section { break-inside: avoid; }
"""


def html(found: Commission, finder: Finder | None) -> str:
    """Return the report.

    Args:
        found: What the trial found out.
        finder: Finds people, so that they can be hidden; None where no network is installed.
    """
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(found.camera.name)}: trial</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"{_head(found)}{_scene(found, finder)}{_verdicts(found)}"
        f'<div class="two">{_stream(found)}<div>{_sizes(found)}{_light(found, finder)}</div></div>'
        f"{_chart(found)}{_foot(found)}</body></html>"
    )


def _head(found: Commission) -> str:
    name = found.camera.name if found.camera.name != "camera" else found.source
    when = found.began_at.astimezone().strftime("%d %B %Y, %H:%M")
    troubles = "".join(f'<li class="limited">{escape(one)}</li>' for one in found.troubles)
    return (
        f"<h1>{escape(name)}</h1>"
        f'<p class="dim">Commissioning trial of {escape(found.source)}, {when}, {duration_text(_length_s(found))}</p>'
        + (f"<ul>{troubles}</ul>" if troubles else "<p>Nothing is wrong with the stream.</p>")
    )


def _scene(found: Commission, finder: Finder | None) -> str:
    picture = scenery(found.record, found.camera, found.scale, finder)
    if picture is None:
        return ""
    sizes = " The upright lines are people of 1.6 m." if found.scale is not None else ""
    return (
        f'<img class="scene" alt="The scene with zones and sizes" src="{as_jpeg(picture)}">'
        f'<p class="dim">The median of several pictures, so that passers-by are gone.{sizes}</p>'
    )


def _verdicts(found: Commission) -> str:
    rows = "".join(_ability(one) for one in found.abilities)
    if not found.camera.zones or found.camera.name == "camera":
        hint = '<p class="dim">No zones were drawn, so the whole picture was judged (pantau camera zones).</p>'
    else:
        hint = ""
    return f"<section><h2>What it can and cannot detect</h2>{hint}<table>{rows}</table></section>"


def _ability(one: Ability) -> str:
    title = one.detector.replace("_", " ")
    place = escape(one.zone) if one.zone else "camera"
    says = "".join(f"<li>{escape(text)}</li>" for text in one.says)
    return (
        f"<tr><th>{place}<br>{escape(title)}</th>"
        f'<td class="verdict {one.verdict}">{_SIGNS[one.verdict]} {_WORDS[one.verdict]}</td>'
        f"<td><ul>{says}</ul></td></tr>"
    )


def _stream(found: Commission) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in _stream_rows(found))
    return f"<section><h2>Stream</h2><table>{rows}</table></section>"


def _stream_rows(found: Commission) -> Iterator[tuple[str, str]]:
    figures, stream = found.figures, found.stream
    yield "codec", f"{stream.codec} {stream.profile or ''}, {stream.width_px}x{stream.height_px}"
    yield "pictures", f"{figures.fps:.1f} a second, {figures.kbit_per_s:,.0f} kbit/s"
    if figures.gop_s is None:
        yield "keyframes", "fewer than two came"
    else:
        yield "keyframes", f"every {figures.gop_s:.1f} s, at the longest {figures.gop_longest_s:.1f} s"
    if figures.jitter_ms is not None:
        yield "regularity", f"95 % within {figures.jitter_ms:.0f} ms, {figures.gaps} gaps"
    yield "damaged", f"{figures.damaged} of {figures.pictures}"
    away_s = sum(outage.lasted_s for outage in found.outages)
    yield "away", f"{len(found.outages)} times, {duration_text(away_s)} together" if found.outages else "never"
    yield "decode", f"{found.advice.mode}: {found.advice.reason}"
    for mode, cost in found.costs.items():
        yield (
            f"cost, {mode}",
            (
                f"{cost.decoding_ms_per_s:.1f} + {cost.looking_ms_per_s:.1f} ms a second, about"
                f" {cost.cameras_per_core:.0f} such cameras a core"
            ),
        )


def _sizes(found: Commission) -> str:
    scale = found.scale
    if scale is None:
        text = (
            f"<p>Not known: {len(found.record.people)} people were seen whole. Mark a near and a far person, or four"
            " places on the ground, with pantau camera zones.</p>"
        )
        return f"<section><h2>Sizes</h2>{text}</section>"
    rows = "".join(
        f"<tr><th>row {row:.2f}</th><td>{scale.px_per_m(0.5, row):.0f} px/m, a person is"
        f" {scale.person_share(row) * found.height_px:.0f} px tall</td></tr>"
        for row in (0.4, 0.6, 0.8, 0.95)
        if scale.person_share(row) > 0
    )
    return f'<section><h2>Sizes</h2><table>{rows}</table><p class="dim">From {escape(scale.how)}.</p></section>'


def _light(found: Commission, finder: Finder | None) -> str:
    record = found.record
    shown = []
    for title, sample in (("Darkest", record.darkest), ("Brightest", record.brightest)):
        if sample is not None:
            caption = f"{title}: brightness {sample[0]:.0f} of 255"
            shown.append(
                f'<figure><img alt="{title} picture" src="{as_jpeg(lit(sample[1], finder))}">'
                f"<figcaption>{caption}</figcaption></figure>"
            )
    return f'<section><h2>Light</h2><div class="two">{"".join(shown)}</div></section>'


def _chart(found: Commission) -> str:
    chart = light_chart(found.record, minutes=_length_s(found) > _MINUTES_FROM_S)
    return f'<img class="chart" alt="Brightness and noise over time" src="{chart}">'


def _foot(found: Commission) -> str:
    hidden = (
        "People in the pictures are pixelated as far as the people network finds them."
        if found.hidden
        else "No people network is installed: single pictures are pixelated whole, and in the large one somebody who"
        " stayed may show. Look before you pass it on."
    )
    return f'<p class="dim">{hidden} Made by pantau camera commission.</p>'


def _length_s(found: Commission) -> float:
    times = found.record.times
    return times[-1] - times[0] if len(times) > 1 else found.figures.seconds
