"""Units that can be converted into each other, by their UCUM names."""

from typing import NamedTuple


class _Scale(NamedTuple):
    """How a unit lies on the scale of its quantity: `(value - zero) * factor` is the value in the first unit.

    Attributes:
        quantity: What is measured; only units of one quantity convert.
        factor: Size of the unit.
        zero: Reading of this unit where the first one reads 0.
    """

    quantity: str
    factor: float
    zero: float = 0.0


_SCALES = {
    "Cel": _Scale("temperature", 1.0),
    "K": _Scale("temperature", 1.0, 273.15),
    "[degF]": _Scale("temperature", 5 / 9, 32.0),
    "Pa": _Scale("pressure", 1.0),
    "hPa": _Scale("pressure", 100.0),
    "mbar": _Scale("pressure", 100.0),
    "kPa": _Scale("pressure", 1_000.0),
    "bar": _Scale("pressure", 100_000.0),
    "mm[Hg]": _Scale("pressure", 133.322),
    "[in_i'Hg]": _Scale("pressure", 133.322 * 25.4),
    "m/s": _Scale("speed", 1.0),
    "km/h": _Scale("speed", 1 / 3.6),
    "[kn_i]": _Scale("speed", 1852 / 3600),
    "[mi_i]/h": _Scale("speed", 0.44704),
    "[ft_i]/s": _Scale("speed", 0.3048),
    "[yd_i]/s": _Scale("speed", 0.9144),
    "mm": _Scale("length", 0.001),
    "cm": _Scale("length", 0.01),
    "m": _Scale("length", 1.0),
    "km": _Scale("length", 1_000.0),
    "[in_i]": _Scale("length", 0.0254),
    "[ft_i]": _Scale("length", 0.3048),
    "1": _Scale("share", 1.0),
    "%": _Scale("share", 0.01),
    "[ppth]": _Scale("share", 1e-3),
    "[ppm]": _Scale("share", 1e-6),
    "[ppb]": _Scale("share", 1e-9),
    "ng/m3": _Scale("concentration", 0.001),
    "ug/m3": _Scale("concentration", 1.0),
    "mg/m3": _Scale("concentration", 1_000.0),
    "mV": _Scale("voltage", 0.001),
    "V": _Scale("voltage", 1.0),
    "mA": _Scale("current", 0.001),
    "A": _Scale("current", 1.0),
    "W": _Scale("power", 1.0),
    "kW": _Scale("power", 1_000.0),
    "mW": _Scale("power", 0.001),
    "W.h": _Scale("energy", 1.0),
    "kW.h": _Scale("energy", 1_000.0),
    "MW.h": _Scale("energy", 1_000_000.0),
    "J": _Scale("energy", 1 / 3_600),
    "mL": _Scale("volume", 1e-6),
    "L": _Scale("volume", 0.001),
    "m3": _Scale("volume", 1.0),
    "L/min": _Scale("flow", 0.001 / 60),
    "L/h": _Scale("flow", 0.001 / 3_600),
    "L/s": _Scale("flow", 0.001),
    "m3/h": _Scale("flow", 1 / 3_600),
    "m3/s": _Scale("flow", 1.0),
    "mm/h": _Scale("rain", 1.0),
    "[in_i]/h": _Scale("rain", 25.4),
    "ms": _Scale("time", 0.001),
    "s": _Scale("time", 1.0),
    "min": _Scale("time", 60.0),
    "h": _Scale("time", 3_600.0),
    "d": _Scale("time", 86_400.0),
}
"""Sizes as in UCUM (https://ucum.org/ucum); a millimetre of mercury is 133.322 Pa there, an inch 25.4 of them."""


def can_convert(sent: str, wanted: str) -> bool:
    """Tell whether values in one unit can be written in another.

    Args:
        sent: UCUM unit.
        wanted: UCUM unit.
    """
    if sent == wanted:
        return True
    one, other = _SCALES.get(sent), _SCALES.get(wanted)
    return one is not None and other is not None and one.quantity == other.quantity


def convert(value: float, sent: str, wanted: str) -> float:
    """Return a value in another unit; `can_convert` must be true.

    Args:
        value: In `sent`.
        sent: UCUM unit.
        wanted: UCUM unit.

    Raises:
        KeyError: the units do not convert.
    """
    if sent == wanted:
        return value
    one, other = _SCALES[sent], _SCALES[wanted]
    return (value - one.zero) * one.factor / other.factor + other.zero


def convertible_to(wanted: str) -> tuple[str, ...]:
    """Return every unit that can be converted into a unit; only itself where it is not known here."""
    known = _SCALES.get(wanted)
    if known is None:
        return (wanted,)
    return tuple(unit for unit, scale in _SCALES.items() if scale.quantity == known.quantity)
