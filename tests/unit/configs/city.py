"""A small city for tests of the site file, as data and as a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from configs.load import find_mistakes
from configs.mistakes import Mistake

Tree = dict[str, Any]


def small_city() -> Tree:
    return {
        "city": {"name": "Kota Uji"},
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
        "sites": [
            {
                "id": "alun-alun",
                "name": "Alun-alun",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.7, "lon": 111.3},
                "opd": "dlh",
            }
        ],
        "cameras": [
            {
                "id": "cam-1",
                "name": "Kamera",
                "site": "alun-alun",
                "url": "rtsp://127.0.0.1:8554/a.mp4",
                "zones": [
                    {
                        "id": "plaza",
                        "polygon": [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]],
                        "detect": {"crowding": {"count": 8, "hold_s": 30}, "waste_pile": {}},
                    }
                ],
            }
        ],
        "sensors": [
            {
                "id": "udara-01",
                "name": "Udara",
                "site": "alun-alun",
                "opd": "dlh",
                "metrics": {"pm25": {"unit": "ug/m3", "minimum": 0, "maximum": 1000}},
            }
        ],
        "rules": [
            {"id": "pm", "kind": "threshold", "metric": "pm25", "above": 55, "hysteresis": 5},
            {"id": "kerumunan", "kind": "observation", "observes": "crowding"},
            {"id": "diam", "kind": "absence", "of": "all"},
        ],
    }


def write_city(folder: Path, change: Callable[[Tree], object] | None = None) -> Path:
    """Write the city as JSON, which is YAML too."""
    tree = small_city()
    if change is not None:
        change(tree)
    path = folder / "site.yaml"
    path.write_text(json.dumps(tree, indent=1), encoding="utf-8")
    return path


def found(folder: Path, change: Callable[[Tree], object], environ: dict[str, str] | None = None) -> list[Mistake]:
    return find_mistakes(write_city(folder, change), environ or {})


def only(mistakes: list[Mistake]) -> Mistake:
    assert len(mistakes) == 1, [str(mistake) for mistake in mistakes]
    return mistakes[0]
