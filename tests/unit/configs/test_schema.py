"""The JSON Schema that helps editors."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from configs.schema import json_schema

TEMPLATE = Path(__file__).parents[3] / "configs/pantau.yaml"


def sections() -> dict[str, dict[str, Any]]:
    schema: dict[str, Any] = json.loads(json.dumps(json_schema()))
    return {"SiteFile": schema, **{name: part for name, part in schema["$defs"].items() if "properties" in part}}


def keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, section in sections().items():
        for key, described in section["properties"].items():
            yield name, key, described


def test_every_key_is_described() -> None:
    assert [f"{section}.{key}" for section, key, described in keys() if not described.get("description")] == []


def test_unknown_keys_are_refused_everywhere() -> None:
    assert all(section["additionalProperties"] is False for section in sections().values())


def test_a_number_may_be_a_reference_to_the_environment_but_no_other_text() -> None:
    port = sections()["Web"]["properties"]["port"]
    number, reference = port["anyOf"]
    assert (number["type"], number["minimum"], number["maximum"]) == ("integer", 1, 65535)
    assert reference == {"$ref": "#/$defs/Reference"}
    pattern = json_schema()["$defs"]["Reference"]["pattern"]  # type: ignore[index] # the schema is plain JSON
    assert re.search(pattern, "${PORT:-8080}")
    assert not re.search(pattern, "8080")


def test_every_reference_inside_it_resolves() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert set(re.findall(r'"#/\$defs/([^"]+)"', text)) <= definitions.keys()


def test_the_template_shows_or_names_every_key() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    unnamed = {key for _, key, _ in keys() if not re.search(rf"\b{key}\b", template)}
    assert unnamed == {"min_score"}
