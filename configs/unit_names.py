"""How the world writes units, and what UCUM, which the site file uses, calls them."""

from collections.abc import Mapping

_DISPLAYED: Mapping[str, str] = {
    "°C": "Cel", "℃": "Cel", "C": "Cel", "degC": "Cel", "°F": "[degF]", "F": "[degF]", "degF": "[degF]", "K": "K",
    "%": "%", "%RH": "%", "% RH": "%", "pct": "%",
    "Pa": "Pa", "hPa": "hPa", "kPa": "kPa", "mbar": "mbar", "bar": "bar", "mmHg": "mm[Hg]", "inHg": "[in_i'Hg]",
    "psi": "[psi]",
    "mm": "mm", "cm": "cm", "m": "m", "km": "km", "in": "[in_i]", "ft": "[ft_i]", "mi": "[mi_i]",
    "mm/h": "mm/h", "mm/d": "mm/d", "in/h": "[in_i]/h",
    "m/s": "m/s", "km/h": "km/h", "kn": "[kn_i]", "mph": "[mi_i]/h",
    "°": "deg", "deg": "deg",
    "ng/m³": "ng/m3", "ng/m3": "ng/m3", "ug/m³": "ug/m3", "ug/m3": "ug/m3", "mg/m³": "mg/m3", "mg/m3": "mg/m3",
    "g/m³": "g/m3", "ppm": "[ppm]", "ppb": "[ppb]", "mg/L": "mg/L", "mg/l": "mg/L", "uS/cm": "uS/cm", "mS/cm": "mS/cm",
    "pH": "[pH]", "NTU": "{NTU}", "lx": "lx", "lux": "lx", "lm": "lm", "W/m²": "W/m2", "W/m2": "W/m2",
    "mV": "mV", "V": "V", "mA": "mA", "A": "A", "mW": "mW", "W": "W", "kW": "kW", "MW": "MW", "VA": "V.A", "var": "V.A",
    "Wh": "W.h", "kWh": "kW.h", "MWh": "MW.h", "J": "J", "Hz": "Hz", "kHz": "kHz", "MHz": "MHz",
    "dB": "dB", "dBA": "dB[A]", "dB(A)": "dB[A]", "dBm": "dB[mW]",
    "mL": "mL", "L": "L", "l": "L", "m³": "m3", "m3": "m3", "m³/h": "m3/h", "m³/s": "m3/s", "L/min": "L/min",
    "L/h": "L/h", "L/s": "L/s", "ms": "ms", "s": "s", "min": "min", "h": "h", "d": "d", "g": "g", "kg": "kg",
    "B": "By", "kB": "kBy", "MB": "MBy", "GB": "GBy", "UV index": "1", "1": "1", "": "1",
}  # fmt: skip
"""As Home Assistant (`homeassistant/const.py`: UnitOf...), Sparkplug's `engUnit` and makers' manuals write them."""

_SENML: Mapping[str, str] = {
    "lat": "deg", "lon": "deg", "l": "L", "l/s": "L/s", "pH": "[pH]", "dBW": "dB[W]", "Bspl": "B[SPL]",
    "count": "1", "/": "1", "%RH": "%", "%EL": "%", "EL": "s", "1/s": "/s", "1/min": "/min", "beat/min": "/min",
    "beats": "1", "degC": "Cel", "VA": "V.A", "kVA": "kV.A", "var": "V.A", "kvar": "kV.A", "Ah": "A.h", "Wh": "W.h",
    "kWh": "kW.h", "varh": "V.A.h", "kvarh": "kV.A.h", "VAh": "V.A.h", "kVAh": "kV.A.h", "varsh": "V.A.h",
    "Wh/km": "W.h/km", "KiB": "KiBy", "GB": "GBy", "B": "By", "B/s": "By/s", "MB/s": "MBy/s", "Mbit/s": "Mbit/s",
    "dBm": "dB[mW]", "ppm": "[ppm]", "ppb": "[ppb]", "/100": "%", "/1000": "[ppth]", "hPa": "hPa", "NTU": "{NTU}",
}  # fmt: skip
"""SenML's names (RFC 8428, section 12.1; RFC 8798) where UCUM has others; the rest (`m`, `Cel`, ...) agree."""

_TIMES_SECOND: Mapping[str, str] = {"W": "J", "A": "C", "m/s": "m", "m3/s": "m3", "L/s": "L", "/s": "1", "bit/s": "bit"}


def ucum_of_displayed(written: str) -> str | None:
    """Return the UCUM name of a unit as a device displays it, None where it is not known.

    Args:
        written: With a micro sign or a Greek mu where one belongs.
    """
    return _DISPLAYED.get(written.strip().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u"))


def ucum_of_senml(written: str) -> str:
    """Return the UCUM name of a unit as SenML writes it; the same where SenML has no name of its own."""
    return _SENML.get(written, written)


def ucum_of_sum(unit: str) -> str:
    """Return the unit of a SenML sum, the integral over seconds of values in a UCUM unit."""
    return _TIMES_SECOND.get(unit, f"{unit}.s")
