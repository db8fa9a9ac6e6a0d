"""JSON Schema of the site file, for editors."""

from typing import cast

from configs.site import SiteFile

Schema = dict[str, object]

_REFERENCE = "Reference"
_REFERENCE_SCHEMA: Schema = {
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}",
    "description": "Taken from the environment: ${NAME}, or ${NAME:-default}.",
}
_JUDGED = frozenset({"type", "pattern", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
"""Keywords that would refuse a reference where a number, a truth value or a word of a certain form belongs."""


def json_schema() -> Schema:
    """Return the JSON Schema (2020-12) of the site file.

    Wherever a number, a truth value, a word out of a list or a text of a certain form belongs, `${NAME}` is accepted
    too: an editor cannot know the environment, and `pantau check-config` checks the value itself. Point an editor to
    it by `# yaml-language-server: $schema=FILE` on the first line.
    """
    schema = cast("Schema", _with_references(SiteFile.model_json_schema()))
    definitions = cast("Schema", schema["$defs"])
    definitions[_REFERENCE] = _REFERENCE_SCHEMA
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _with_references(node: object) -> object:
    if isinstance(node, list):
        return [_with_references(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    # An example is a value, not a schema.
    opened = {key: value if key in {"examples", "default"} else _with_references(value) for key, value in node.items()}
    if not _refuses_references(node):
        return opened
    strict = {key: value for key, value in opened.items() if key in _JUDGED}
    described = {key: value for key, value in opened.items() if key not in _JUDGED}
    return {**described, "anyOf": [strict, {"$ref": f"#/$defs/{_REFERENCE}"}]}


def _refuses_references(node: Schema) -> bool:
    if node.get("type") in {"integer", "number", "boolean"}:
        return True
    return node.get("type") == "string" and bool({"pattern", "enum"} & node.keys())
