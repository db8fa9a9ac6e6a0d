import pytest

from alerts.titles import MEASURED
from events.ids import SiteId, SourceId
from events.quantities import CAMERA_QUANTITIES
from tests.unit.web.fakes import SITE
from web.directory import Directory, SourceKind


def test_whoever_stands_in_the_site_file_is_called_by_name() -> None:
    directory = Directory(SITE)
    assert directory.source_name(SourceId("tide-1")) == "Pasang surut"
    assert directory.source_kind(SourceId("tide-1")) is SourceKind.SENSOR
    assert directory.source_kind(SourceId("cam-plaza")) is SourceKind.CAMERA
    assert directory.source_site(SourceId("cam-plaza")) == "alun-alun"
    assert directory.metric_names(SourceId("tide-1"), "tide") == ("Tinggi muka air", "Tinggi muka air")
    assert directory.metric_names(SourceId("cam-plaza"), "people_count") == ("Jumlah orang", "People")


def test_strangers_are_called_by_their_identifier() -> None:
    directory = Directory(SITE)
    assert directory.source_name(SourceId("vision-1")) == "vision-1"
    assert directory.source_kind(SourceId("vision-1")) is SourceKind.GATEWAY
    assert directory.source_site(SourceId("vision-1")) is None
    assert directory.site_name(SiteId("gone")) == "gone"
    assert directory.metric_names(SourceId("vision-1"), "odd") == ("odd", "odd")


@pytest.mark.parametrize("metric", list(CAMERA_QUANTITIES))
def test_whatever_cameras_measure_has_a_name_in_both_languages_on_page_and_wall(metric: str) -> None:
    bahasa, english = Directory(SITE).metric_names(SourceId("cam-plaza"), metric)
    assert bahasa != metric
    assert english not in {metric, bahasa}
    assert metric in MEASURED


def test_a_series_is_called_alike_each_time_and_apart_from_its_sisters() -> None:
    directory = Directory(SITE)
    crowd = directory.series_names(SourceId("cam-plaza"), "people_count.plaza")
    assert crowd == directory.series_names(SourceId("cam-plaza"), "people_count.plaza")
    assert (crowd.source_kind, crowd.site, crowd.site_name) == (SourceKind.CAMERA, "alun-alun", "Alun-alun (demo)")
    assert (crowd.metric, crowd.zone, crowd.name, crowd.name_en) == ("people_count", "plaza", "Jumlah orang", "People")
    assert directory.series_names(SourceId("cam-plaza"), "people_count.stage").zone == "stage"
    assert directory.series_names(SourceId("tide-1"), "tide").zone is None
    stranger = directory.series_names(SourceId("vision-1"), "odd")
    assert (stranger.source_name, stranger.site, stranger.site_name) == ("vision-1", None, None)
