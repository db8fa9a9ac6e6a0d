"""What an alarm is called on the wall: short Bahasa Indonesia, decimals with comma, units as people write them."""

from collections.abc import Mapping

OBSERVED: Mapping[str, str] = {
    "crowding": "Kerumunan",
    "waste_pile": "Tumpukan sampah",
    "abandoned_object": "Barang tertinggal",
    "tamper": "Kamera terganggu",
    "water_level": "Muka air naik",
    "pipeline_fault": "Analisis kamera gagal",
}
"""Kinds of observation by name."""

TAMPERED: Mapping[str, str] = {
    "covered": "Kamera tertutup",
    "blurred": "Kamera buram",
    "moved": "Kamera bergeser",
    "frozen": "Kamera beku",
    "dark": "Kamera gelap",
    "bright": "Kamera silau",
    "smeared": "Gambar kamera rusak",
    "no_signal": "Kamera tanpa sinyal",
}
"""Classes of `tamper` by name."""

TAMPERED_HOW: Mapping[str, str] = {
    "covered": "tertutup",
    "blurred": "buram",
    "moved": "bergeser",
    "frozen": "beku",
    "dark": "gelap",
    "bright": "silau",
    "smeared": "gambar rusak",
    "no_signal": "tanpa sinyal",
}
"""The same, to follow the words of a rule that has its own."""

COUNTED: Mapping[str, str] = {"crowding": "{people}"}
"""UCUM unit of what an observation counts; other kinds count plain things."""

MEASURED: Mapping[str, str] = {
    "people_count": "Jumlah orang",
    "coverage": "Tutupan sampah",
    "pictures_per_s": "Laju gambar",
    "view_kept": "Pandangan yang utuh",
    "people_density": "Kepadatan orang",
    "left_objects": "Barang tertinggal",
    "flooded": "Bagian tergenang",
    "water_level": "Muka air",
    "green_cover": "Tutupan hijau",
}
"""A camera's own measurements by name; a sensor's are named in the site file."""

SHOWN_UNITS: Mapping[str, str] = {
    "1": "",
    "/s": "per detik",
    "{people}": "orang",
    "{people}/m2": "orang/m²",
    "{objects}": "barang",
    "Cel": "°C",
    "dB[A]": "dB(A)",
    "deg": "°",
    "m/s": "m/d",
    "m3": "m³",
    "mg/m3": "mg/m³",
    "mm/h": "mm/jam",
    "ug/m3": "µg/m³",
}
"""UCUM units that people write otherwise."""


def number(value: float, *, whole: bool = False) -> str:
    """Return a figure as it is read in Indonesia: decimal comma, point between thousands, about three digits.

    Args:
        value: The figure.
        whole: Whether it counts things, which have no halves however they were estimated.
    """
    size = abs(value)
    decimals = 0 if whole or size >= 100 else 1 if size >= 10 else 2  # noqa: PLR2004 - three digits tell enough
    text = f"{value:,.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    if text == "-0":
        text = "0"
    return text.translate(str.maketrans(",.", ".,"))


def figure(value: float, unit: str | None) -> str:
    """Return a figure with its unit: `1,04 m`, `14 orang`.

    Args:
        value: The figure.
        unit: Its UCUM unit, None where it has none; in braces, what is counted.
    """
    unit = unit or "1"
    shown = SHOWN_UNITS.get(unit, unit).strip("{}")
    counted = unit.startswith("{") and unit.endswith("}")  # people per square metre come in fractions
    return f"{number(value, whole=counted)} {shown}".rstrip()


_figure = figure


def of_threshold(title: str | None, name: str, *, above: bool, value: float, unit: str | None) -> str:
    """Return a line such as `Pasang rob 1,04 m`, or `PM2,5 tinggi 61 µg/m³` where the rule has no title.

    Args:
        title: The rule's own words, None where it has none.
        name: What people call the metric.
        above: Whether too high is what is wrong; else too low.
        value: The figure.
        unit: Its UCUM unit.
    """
    words = title or f"{name} {'tinggi' if above else 'rendah'}"
    return f"{words} {figure(value, unit)}"


def span(seconds: float) -> str:
    """Return a stretch of time as people say it: `6 jam`, `1,5 jam`, `30 menit`, `2 hari`."""
    for least, size, word in ((172_800.0, 86_400.0, "hari"), (3_600.0, 3_600.0, "jam"), (60.0, 60.0, "menit")):
        if seconds >= least:
            return f"{number(seconds / size)} {word}"
    return f"{number(seconds)} detik"


def of_rate(title: str | None, name: str, *, rises: bool, window_s: float, value: float, unit: str | None) -> str:
    """Return a line such as `Muka laut naik 35 cm dalam 30 menit`."""
    words = title or f"{name} {'naik' if rises else 'turun'}"
    return f"{words} {figure(value, unit)} dalam {span(window_s)}"


def of_stuck(title: str | None, name: str, seconds: float) -> str:
    """Return a line such as `Suhu udara tidak berubah selama 6 jam`."""
    return f"{title or f'{name} tidak berubah'} selama {span(seconds)}"


FIGURES: Mapping[str, str] = {
    "ispu": "ISPU",
    "rain": "Hujan",
    "lsm": "Kebisingan Lsm",
    "mean": "Rata-rata",
    "maximum": "Terbesar",
    "minimum": "Terkecil",
}
"""Figures over a window by name."""


def of_figure(
    title: str | None, name: str, *, figure: str, above: bool, window_s: float, value: float, unit: str | None
) -> str:
    """Return a line such as `ISPU PM2,5 147`, `Hujan 24 jam 62 mm` or `Rata-rata Suhu udara 1 jam tinggi 38 °C`."""
    shown = _figure(value, unit)
    if title is not None:
        return f"{title} {shown}"
    match figure:
        case "ispu":
            return f"ISPU {name} {shown}"
        case "rain" | "lsm":
            return f"{FIGURES[figure]} {span(window_s)} {shown}"
        case _:
            return f"{FIGURES[figure]} {name} {span(window_s)} {'tinggi' if above else 'rendah'} {shown}"


def of_metric(metric: str) -> str:
    """Return what people call a metric that the site file does not name."""
    return MEASURED.get(metric) or metric.replace("_", " ").capitalize()


def of_observation(title: str | None, kind: str, klass: str | None, count: float | None) -> str:
    """Return a line such as `Kerumunan 14 orang`, `Tumpukan sampah`, `Kamera beku` or `Kamera terganggu: beku`.

    Args:
        title: The rule's own words, None where it has none.
        kind: Kind of observation.
        klass: Its `attrs.class`. It comes from a payload, so it only chooses among words known here.
        count: How many, where it counts something.
    """
    words = title or OBSERVED.get(kind) or kind.replace("_", " ").capitalize()
    if kind == "tamper" and klass is not None and klass in TAMPERED:
        words = TAMPERED[klass] if title is None else f"{title}: {TAMPERED_HOW[klass]}"
    return words if count is None else f"{words} {figure(count, COUNTED.get(kind))}"


def of_absence(title: str | None, *, camera: bool) -> str:
    """Return the line for a source that fell silent."""
    return title or ("Kamera diam" if camera else "Sensor diam")
