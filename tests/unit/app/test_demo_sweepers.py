"""The lorries of the demo city."""

from datetime import datetime
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from app.demo.sweepers import LORRIES, PAST_DAYS, lorries
from configs.load import load_site
from configs.site import SiteFile
from web.waste.loads import read_loads

WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=WIB)


@pytest.fixture(scope="module")
def site() -> SiteFile:
    with resources.as_file(resources.files("configs").joinpath("demo.yaml")) as file:
        return load_site(file)


def test_every_lorry_can_be_taken_in_none_is_of_the_future_and_each_is_called_demo(site: SiteFile) -> None:
    loads, problems = read_loads(lorries(site, NOW.date(), NOW).encode(), WIB, NOW)
    assert problems == []
    assert len(loads) == PAST_DAYS * LORRIES + 3  # at 7, 9 and 11 today
    assert all(load.reference.startswith("demo ") for _, _, load in loads)
    assert len({load.reference for _, _, load in loads}) == len(loads)


def test_the_same_lorries_are_told_again_later_with_more_of_today(site: SiteFile) -> None:
    later = NOW.replace(hour=16)
    first, second = (set(lorries(site, NOW.date(), now).splitlines()) for now in (NOW, later))
    assert first < second
