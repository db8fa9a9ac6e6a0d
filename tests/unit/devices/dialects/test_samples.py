"""Every dialect reads what its devices send."""

import re
from datetime import datetime
from typing import get_args

import pytest
from ruamel.yaml import YAML

from configs.dialects import DialectName, Speech
from devices.dialects.table import DIALECTS
from events.reading import Quality
from tests.unit.devices.dialects.foreign_town import SAMPLES, payload_of, sample, speech, town, understood

NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))
DOCS = SAMPLES.parents[2] / "docs/devices.md"


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_becomes_the_readings_written_beside_it(name: str) -> None:
    said = sample(name)

    decoded = understood(town([speech(said)]), said["topic"], payload_of(said))

    assert [(r.metric, pytest.approx(r.value), r.ts) for r in decoded.readings] == [
        (metric, value, datetime.fromisoformat(ts)) for metric, value, ts in said["readings"]
    ]
    assert {r.source for r in decoded.readings} == {"foreign-0"}
    assert {r.quality for r in decoded.readings} <= {Quality.OK, Quality.LATE}
    assert (decoded.source, decoded.also, decoded.live) == ("foreign-0", (), True)


def test_the_table_holds_exactly_the_dialects_of_the_site_file() -> None:
    assert set(DIALECTS) == set(get_args(DialectName))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_each_dialect_has_a_labelled_sample_and_a_row_for_device_makers(dialect: str) -> None:
    samples = [said for name in NAMES if (said := sample(name))["dialect"] == dialect]
    assert samples
    assert all(said["origin"] for said in samples)
    assert f"| `{dialect}` |" in DOCS.read_text(encoding="utf-8")


def test_the_page_for_device_makers_has_a_valid_entry_of_each_dialect() -> None:
    blocks = re.findall(r"^```yaml\n(- .*?)^```", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    entries = [Speech.model_validate(entry) for block in blocks for entry in YAML(typ="safe").load(block)]

    assert {entry.dialect for entry in entries} == set(DIALECTS)
