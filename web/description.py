"""Routes of the API's description: for programs, and as a page for people."""

from functools import cached_property
from html import escape
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web

from web.openapi import describe, require_described
from web.operations import answers, get
from web.wire import json_response

GROUP: Final = "About"

_STYLE: Final = """:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #8886; }
details { border-bottom: 1px solid #8886; padding: .4rem 0; }
summary { cursor: pointer; }
code { font-family: ui-monospace, monospace; font-size: .93em; overflow-wrap: anywhere; }
.method { display: inline-block; min-width: 3.8em; font-weight: 600; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-top: 1px solid #8886; }
"""

_PAGE: Final = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API Pantau</title><link rel="stylesheet" href="/api/docs.css"></head><body>
<h1>API Pantau</h1><p>{about} <a href="/api/v1/openapi.json">OpenAPI 3.1</a></p>
{groups}
<h2>Bentuk jawaban / Shapes</h2>
{shapes}
</body></html>
"""


class DescriptionRoutes:
    """Serves `/api/v1/openapi.json` and a page of it at `/api/docs`.

    Args:
        title: Name of the city's API.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._app: web.Application | None = None

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/openapi.json", self.document, group=GROUP),
            web.get("/api/docs", self.page),
            web.get("/api/docs.css", self.style),
        ]

    def of(self, app: web.Application) -> None:
        """Say whose routes are described; all of them have been added.

        Raises:
            TypeError: nothing is known of one of them.
        """
        require_described(app.router.routes())
        self._app = app

    @answers(dict)
    async def document(self, _request: web.Request) -> web.Response:
        """Return this description."""
        return json_response(self._described)

    async def page(self, _request: web.Request) -> web.Response:
        """Return the page."""
        return web.Response(text=self._page, content_type="text/html", headers={"Cache-Control": "no-cache"})

    async def style(self, _request: web.Request) -> web.Response:
        """Return how the page looks."""
        return web.Response(text=_STYLE, content_type="text/css", headers={"Cache-Control": "no-cache"})

    @cached_property
    def _described(self) -> dict[str, Any]:
        routes = () if self._app is None else self._app.router.routes()
        return describe(routes, title=self._title, version=version("pantau"))

    @cached_property
    def _page(self) -> str:
        groups: dict[str, list[str]] = {}
        for path, methods in self._described["paths"].items():
            for method, operation in methods.items():
                groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
        return _PAGE.format(
            about=escape(self._described["info"]["description"]),
            groups="\n".join(
                f"<h2>{escape(name)}</h2>{''.join(operations)}" for name, operations in sorted(groups.items())
            ),
            shapes="".join(_shape(name, one) for name, one in self._described["components"]["schemas"].items()),
        )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code>{'' if one['required'] else ' ?'}</td>"
        f"<td><code>{_kind(one['schema'])}</code></td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", ())
    )
    answered = "".join(
        f"<tr><td>{status}</td><td colspan=2>{escape(one['description'])}: {_content(one)}</td></tr>"
        for status, one in operation["responses"].items()
    )
    body = operation.get("requestBody")
    taken = f"<tr><td>body</td><td colspan=2>{_content(body)}</td></tr>" if body else ""
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"<table>{rows}{taken}{answered}</table></details>"
    )


def _content(told: dict[str, Any]) -> str:
    return ", ".join(
        f"{escape(media)} <code>{_kind(one.get('schema', {}))}</code>" for media, one in told.get("content", {}).items()
    )


def _shape(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td><code>{_kind(one)}</code></td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(schema.get('description', ''))}</p><table>{rows}</table></details>"
    )


def _kind(schema: dict[str, Any]) -> str:
    """Return a schema in a few words of HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    kind = schema.get("format") or schema.get("type", "")
    if "prefixItems" not in schema and isinstance(schema.get("items"), dict):
        return f"{_kind(schema['items'])}[]"
    limits = [str(schema[key]) if key in schema else "" for key in ("minimum", "maximum")]
    return escape(f"{kind} {'..'.join(limits)}" if any(limits) else str(kind))
