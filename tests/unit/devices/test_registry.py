from devices.registry import Registry, SourceKind, gateway_id
from events.ids import SourceId
from tests.unit.devices.town import SITE

CAMERA = SourceId("cam-1")
SENSOR = SourceId("air-1")


def test_everyone_the_site_file_names_may_speak() -> None:
    registry = Registry.from_site(SITE)

    assert {(source.id, source.kind) for source in registry} == {
        ("air-1", SourceKind.SENSOR),
        ("cam-1", SourceKind.CAMERA),
        ("vision-0", SourceKind.GATEWAY),
        ("vision-1", SourceKind.GATEWAY),
        ("pantau-ingest", SourceKind.INGEST),
    }
    assert registry.get("air-2") is None


def test_a_camera_measures_each_quantity_as_a_whole_and_by_zone() -> None:
    units = {(source, metric): unit for source, metric, unit in Registry.from_site(SITE).units()}

    assert units[CAMERA, "people_count.plaza"] == "{people}"
    assert units[CAMERA, "pictures_per_s"] == "/s"
    assert (CAMERA, "people_count.elsewhere") not in units
    assert units[SENSOR, "pm25"] == "ug/m3"


def test_workers_are_gateways_numbered_from_zero() -> None:
    assert gateway_id(0) == "vision-0"
