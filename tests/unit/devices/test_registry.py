from devices.registry import CAMERA_QUANTITIES, Registry, SourceKind, gateway_id
from events.ids import SourceId
from tests.unit.devices.town import SITE
from vision.metrics import UNITS

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


def test_cameras_may_publish_whatever_the_vision_room_measures_in_the_same_unit() -> None:
    assert {metric: CAMERA_QUANTITIES[metric].unit for metric in UNITS} == UNITS


def test_workers_are_gateways_numbered_from_zero() -> None:
    assert gateway_id(0) == "vision-0"
