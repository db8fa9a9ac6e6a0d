"""Pages for paper: one HTML document without scripts, in Bahasa Indonesia with English beside, that prints on A4."""

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

_STYLE: Final = """
@page { size: A4; margin: 12mm; }
body { font: 12px/1.4 system-ui, "Liberation Sans", sans-serif; color: #1e2426; max-width: 190mm; margin: 10mm auto; }
h1 { font-size: 19px; margin: 0; } h2 { font-size: 14px; margin: 14px 0 4px; } p { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; }
td, th { border-top: 1px solid #c9cfd1; padding: 2px 8px 2px 0; text-align: left; vertical-align: top; }
th { font-weight: 400; color: #59656a; } small { color: #59656a; } img { max-width: 100%; }
@media print { body { margin: 0; max-width: none; font-size: 10px; } section { break-inside: avoid; } }
"""

_CSP: Final = (
    "default-src 'none'; img-src 'self'; style-src 'sha256-"
    + base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Words = tuple[str, str]
"""Bahasa Indonesia, English."""


class Paper:
    """Builds a document; everything given to it is text and never markup.

    Args:
        title: Its title.
        about: The line below it.
        zone: Time zone of the times it shows.
    """

    def __init__(self, title: Words, about: str, zone: ZoneInfo) -> None:
        self._zone = zone
        self._parts = [
            f'<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{escape(title[0])}</title>',
            f"<style>{_STYLE}</style></head><body><h1>{_both(title)}</h1><p>{escape(about)}</p>",
        ]

    def table(self, title: Words, headings: Sequence[Words], rows: Iterable[Sequence[object]], empty: Words) -> None:
        """Add a section with a table; without rows it says so.

        Args:
            title: Title of the section.
            headings: Heads of the columns.
            rows: Cells; a time is shown in the document's zone, None as nothing.
            empty: What it says without rows.
        """
        body = ["<tr>" + "".join(f"<td>{escape(self._cell(cell))}" for cell in row) + "</tr>" for row in rows]
        self._parts.append(f"<section><h2>{_both(title)}</h2>")
        if body:
            heads = "".join(f"<th>{_both(heading)}" for heading in headings)
            self._parts += ["<table><tr>", heads, "</tr>", *body, "</table></section>"]
        else:
            self._parts.append(f"<p>{_both(empty)}</p></section>")

    def picture(self, address: str, caption: str) -> None:
        """Add a picture of this server."""
        self._parts.append(f'<section><img src="{escape(address)}" alt=""><p>{escape(caption)}</p></section>')

    def response(self) -> web.Response:
        """Return the finished document."""
        return web.Response(
            text="".join([*self._parts, "</body></html>"]),
            content_type="text/html",
            headers={"Cache-Control": "no-store", "Content-Security-Policy": _CSP},
        )

    def _cell(self, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return f"{value.astimezone(self._zone):%d/%m/%Y %H.%M.%S}"
        return str(value)


def _both(words: Words) -> str:
    return f'{escape(words[0])} <small lang="en">{escape(words[1])}</small>'
