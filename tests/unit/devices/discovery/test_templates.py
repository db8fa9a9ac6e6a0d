import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.discovery.templates import path_of


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (None, "value"),
        ("", "value"),
        ("{{ value }}", "value"),
        ("{{value|float}}", "value"),
        ("{{ value_json.x }}", "x"),
        ("{{ value_json.Wifi.RSSI | int }}", "Wifi.RSSI"),
        ("{{ value_json['PMS5003']['PM2.5'] | round(1) }}", "PMS5003.PM2.5"),
        ('{{ value_json["a b"].c }}', "a b.c"),
        ("{{ value_json.rx[0].rssi | default(none) }}", "rx.0.rssi"),
        ("{{- value_json.x | is_defined -}}", "x"),
        ("{{ value_json.x * 0.1 }}", None),
        ("{{ value_json.x | multiply(2) }}", None),
        ("{{ value_json.x if value_json.x else 0 }}", None),
        ("{% if value %}1{% endif %}", None),
        ("{{ value.x }}", None),
        ("{{ value_json }}", None),
        ("{{ states('x') }}", None),
        ("x {{ value }}", None),
    ],
)
def test_templates_that_name_a_field_become_its_path_and_others_nothing(template: str | None, path: str | None) -> None:
    assert path_of(template) == path


@given(st.lists(st.text("abcXYZ_", min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from([".{}", "['{}']"]))
def test_keys_written_with_dots_or_brackets_are_the_same_path(keys: list[str], step: str) -> None:
    steps = "".join(step.format(key) for key in keys)

    assert path_of(f"{{{{ value_json{steps} }}}}") == ".".join(keys)
