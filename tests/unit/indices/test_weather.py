import pytest
from hypothesis import given
from hypothesis import strategies as st

from indices.heat import HeatBand, band, heat_index
from indices.noise import LIMITS_DB, energy_mean, is_too_loud, lsm
from indices.rain import HourlyRain, RainClass, daily, hourly


@pytest.mark.parametrize(
    ("mm", "meaning"),
    [
        (0, RainClass.BERAWAN),
        (0.5, RainClass.RINGAN),
        (20, RainClass.SEDANG),
        (49.9, RainClass.SEDANG),
        (50, RainClass.LEBAT),
        (100, RainClass.SANGAT_LEBAT),
        (150, RainClass.SANGAT_LEBAT),
        (150.1, RainClass.EKSTREM),
    ],
)
def test_a_days_rain_has_bmkgs_class(mm: float, meaning: RainClass) -> None:
    assert daily(mm) is meaning


@pytest.mark.parametrize(
    ("mm", "meaning"),
    [
        (0, HourlyRain.TIDAK_HUJAN),
        (0.2, HourlyRain.SANGAT_RINGAN),
        (5, HourlyRain.SEDANG),
        (20, HourlyRain.LEBAT),
        (20.1, HourlyRain.SANGAT_LEBAT),
    ],
)
def test_an_hours_rain_has_its_class(mm: float, meaning: HourlyRain) -> None:
    assert hourly(mm) is meaning


@pytest.mark.parametrize("mm", [-0.1, float("nan")])
def test_no_amount_of_rain_is_negative(mm: float) -> None:
    with pytest.raises(ValueError, match="no amount"):
        daily(mm)
    with pytest.raises(ValueError, match="no amount"):
        hourly(mm)


@pytest.mark.parametrize(("day", "night", "level"), [(60, 50, 58.88), (55, 45, 53.88), (65, 60, 65.00)])
def test_day_and_night_make_lsm(day: float, night: float, level: float) -> None:
    assert lsm(day, night) == pytest.approx(level, abs=0.005)


def test_levels_are_averaged_as_energy() -> None:
    assert energy_mean([60, 70]) == pytest.approx(67.4, abs=0.05)
    with pytest.raises(ValueError, match="at least one"):
        energy_mean([])


@given(st.lists(st.floats(20, 130), min_size=1, max_size=50))
def test_an_energy_mean_lies_between_the_arithmetic_mean_and_the_loudest(levels: list[float]) -> None:
    mean = energy_mean(levels)
    assert sum(levels) / len(levels) - 1e-6 <= mean <= max(levels) + 1e-6


def test_a_limit_is_exceeded_beyond_its_tolerance() -> None:
    assert not is_too_loud(58.0, "perumahan")
    assert is_too_loud(58.1, "perumahan")
    with pytest.raises(ValueError, match="no limit"):
        is_too_loud(60, "pasar malam")
    assert LIMITS_DB["pelabuhan"] == 70


@pytest.mark.parametrize(
    ("celsius", "humidity", "feels"), [(30, 60, 32.8), (32, 70, 40.4), (34, 65, 44.4), (35, 75, 53.3)]
)
def test_the_heat_index_agrees_with_the_services_chart(celsius: float, humidity: float, feels: float) -> None:
    assert heat_index(celsius, humidity) == pytest.approx(feels, abs=0.06)


def test_mild_air_feels_about_as_warm_as_it_is() -> None:
    assert heat_index(22, 50) == pytest.approx(22, abs=1.0)


@pytest.mark.parametrize(
    ("index", "meaning"),
    [
        (26.9, HeatBand.NONE),
        (27, HeatBand.CAUTION),
        (40, HeatBand.EXTREME_CAUTION),
        (41, HeatBand.DANGER),
        (60, HeatBand.EXTREME_DANGER),
    ],
)
def test_bands_begin_where_the_service_says(index: float, meaning: HeatBand) -> None:
    assert band(index) is meaning


def test_humidity_is_a_percentage() -> None:
    with pytest.raises(ValueError, match="relative humidity"):
        heat_index(30, 101)


@given(st.floats(30, 43), st.floats(20, 80), st.floats(0.5, 5))
def test_more_moisture_never_feels_cooler_in_the_heat(celsius: float, humidity: float, more: float) -> None:
    assert heat_index(celsius, min(humidity + more, 85)) >= heat_index(celsius, humidity) - 0.35
