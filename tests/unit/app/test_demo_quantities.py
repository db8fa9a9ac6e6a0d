"""What the demo's sensors measure."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.quantities import MODELS, REPEAT_S, Episode, Moment
from configs.load import load_site
from configs.rules import ThresholdRule
from configs.site import SiteFile

with resources.as_file(resources.files("configs") / "demo.yaml") as _file:
    SITE: SiteFile = load_site(Path(_file))
SENSORS = {sensor.id: sensor for sensor in SITE.sensors}
LIMITS = [rule for rule in SITE.rules if isinstance(rule, ThresholdRule)]

moments = st.builds(
    Moment,
    st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001 - UTC is added
    st.floats(0, 3600),
)
names = st.sampled_from(sorted(MODELS))


def over(rule: ThresholdRule, values: dict[str, float]) -> bool:
    return rule.above is not None and values.get(rule.metric, float("-inf")) > rule.above


def test_every_sensor_of_the_demo_but_the_visitors_has_its_model_and_no_model_is_left_over() -> None:
    assert set(MODELS) == set(SENSORS) - {"tamu-suhu"}


@given(names, moments)
def test_values_are_possible_at_any_time(name: str, moment: Moment) -> None:
    metrics = SENSORS[name].metrics
    values = MODELS[name].values(moment)
    assert set(values) == set(metrics)
    for metric, value in values.items():
        minimum, maximum = metrics[metric].minimum, metrics[metric].maximum
        assert minimum is not None
        assert maximum is not None
        assert minimum <= value <= maximum


@given(names, moments)
def test_the_calm_twin_never_comes_near_a_limit(name: str, moment: Moment) -> None:
    calm = MODELS[name].calmed()
    values = calm.values(moment)
    assert not calm.is_silent(moment.elapsed_s)
    assert not [rule.id for rule in LIMITS if over(rule, values)]


@given(names, moments)
def test_the_same_moment_always_gives_the_same_values(name: str, moment: Moment) -> None:
    assert MODELS[name].values(moment) == MODELS[name].values(moment)


@given(names, moments)
def test_outside_incidents_values_change_slowly(name: str, moment: Moment) -> None:
    calm = MODELS[name].calmed()
    later = calm.values(Moment(moment.at + timedelta(seconds=1), moment.elapsed_s + 1))
    for metric, value in calm.values(moment).items():
        # The bin is emptied twice a day; all else goes on as it was.
        assert abs(later[metric] - value) < 4.0 or metric == "fill"


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("limit", ["rob-siaga", "kontainer-penuh", "pm25-tinggi"])
def test_whenever_the_demo_is_started_its_incidents_come_within_fifteen_seconds(limit: str, hour: int) -> None:
    rule = next(rule for rule in LIMITS if rule.id == limit)
    started_at = datetime(2026, 3, 4, hour, 30, tzinfo=UTC)
    for elapsed_s in range(16):
        moment = Moment(started_at + timedelta(seconds=elapsed_s), float(elapsed_s))
        if any(over(rule, model.values(moment)) for model in MODELS.values()):
            return
    pytest.fail(f"{limit} is not met")


@pytest.mark.parametrize("limit", ["rob-siaga", "kontainer-penuh", "pm25-tinggi", "hujan-sangat-lebat"])
def test_incidents_end_and_come_back(limit: str) -> None:
    rule = next(rule for rule in LIMITS if rule.id == limit)
    start = datetime(2026, 3, 4, 9, tzinfo=UTC)
    met = [
        any(over(rule, model.values(Moment(start + timedelta(seconds=t), float(t)))) for model in MODELS.values())
        for t in range(round(2.5 * REPEAT_S))
    ]
    begins = [t for t in range(1, len(met)) if met[t] and not met[t - 1]]
    assert len(begins) >= 2
    assert begins[1] - begins[0] == pytest.approx(REPEAT_S, abs=2)


def test_one_sensor_falls_silent_for_a_while_and_speaks_again() -> None:
    silent = [t for t in range(round(REPEAT_S)) if MODELS["pasut-kragan"].is_silent(float(t))]
    assert 20 <= silent[0] <= 30
    assert silent == list(range(silent[0], silent[-1] + 1))
    assert 20 <= len(silent) <= 40


def test_air_is_worse_in_the_rush_hour_and_noise_higher_than_at_night() -> None:
    def at_wib(hour: int) -> Moment:
        return Moment(datetime(2026, 5, 6, (hour - 7) % 24, tzinfo=UTC), 0.0)

    air, noise = MODELS["udara-alun-alun"].calmed(), MODELS["bising-alun-alun"].calmed()
    assert air.values(at_wib(7))["pm25"] > air.values(at_wib(2))["pm25"] + 4
    assert noise.values(at_wib(19))["noise"] > noise.values(at_wib(3))["noise"] + 4


def test_the_tide_turns_about_twice_a_day() -> None:
    start = datetime(2026, 7, 1, tzinfo=UTC)
    levels = [
        MODELS["pasut-kragan"].values(Moment(start + timedelta(minutes=10 * n), 0.0))["water_level"]
        for n in range(6 * 48)
    ]
    smooth = [sum(levels[n : n + 13]) / 13 for n in range(len(levels) - 12)]
    turns = sum((smooth[n] - smooth[n - 1]) * (smooth[n + 1] - smooth[n]) < 0 for n in range(1, len(smooth) - 1))
    assert 5 <= turns <= 9


@given(st.floats(0, 100), st.floats(0.1, 30), st.floats(0, 60), st.floats(0.1, 30), st.floats(0, 2000))
def test_an_episode_lies_between_nothing_and_its_height(
    first_s: float, rise_s: float, hold_s: float, fall_s: float, elapsed_s: float
) -> None:
    episode = Episode(first_s=first_s, rise_s=rise_s, hold_s=hold_s, fall_s=fall_s)
    assert 0.0 <= episode.level(elapsed_s) <= 1.0
    assert episode.level(first_s + rise_s + hold_s / 2) == pytest.approx(1.0)
