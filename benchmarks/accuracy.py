"""Scores the detectors on clips with ground truth: `make eval ARGS="--clips FOLDER"`.

The folder holds `score.py` and `dev/` with `NAME.mp4` and `NAME.json` beside each other. One configuration serves all
clips; only zones are drawn per camera, as an operator would: around the place where waste may be tipped.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from app.analyze import analyze
from configs.cameras import Camera
from events.errors import ConfigError
from runtime.logs import set_up_logs

BESIDE = Path(__file__).parents[2] / "shared" / "data"

DETECT = {"crowding": {"count": 14, "hold_s": 5}, "abandoned_object": {"after_s": 8}}
PILE = {"waste_pile": {"coverage": 0.15, "hold_s": 8}}

WASTE_CORNERS = {"cmp_waste_grow": [[0.12, 0.57], [0.37, 0.57], [0.37, 0.71], [0.12, 0.71]]}
"""Where an operator of that camera would look for waste."""


def camera_for(clip: str) -> Camera:
    """Return the one configuration, with the zone that this camera's operator would draw."""
    zones: list[dict[str, object]] = [{"id": "all", "detect": DETECT}]
    if clip in WASTE_CORNERS:
        zones.append({"id": "corner", "polygon": WASTE_CORNERS[clip], "detect": PILE})
    return Camera.model_validate(
        {
            "id": "eval",
            "name": clip,
            "site": "eval",
            "url": "rtsp://127.0.0.1/none",
            "health": True,
            "analyse_fps": 5,
            "zones": zones,
        }
    )


def main() -> None:
    """Analyse every clip and print the scorer's table, with and without the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=BESIDE, help="folder with score.py and dev/")
    parser.add_argument("--no-network", action="store_true", help="count by foreground only")
    arguments = parser.parse_args()
    set_up_logs(role="eval", level=logging.WARNING)
    clips = sorted((arguments.clips / "dev").glob("*.mp4"))
    if not clips:
        raise ConfigError(f"no clips in {arguments.clips / 'dev'}: name a folder with --clips")
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        predictions = Path(scratch) / "predictions.jsonl"
        with predictions.open("w") as gathered, Progress(console=console, transient=True) as progress:
            for clip in progress.track(clips, description="Analysing"):
                part = Path(scratch) / "part.jsonl"
                camera = camera_for(clip.stem)
                analyze([clip], camera, part, on_progress=lambda _video, _share: None, network=not arguments.no_network)
                gathered.write(_without_zone_counts(part.read_text()))
        console.print(f"people counted by {'foreground' if arguments.no_network else 'the network where installed'}")
        subprocess.run(
            [sys.executable, arguments.clips / "score.py", arguments.clips / "dev", predictions, "--strict"], check=True
        )


def _without_zone_counts(lines: str) -> str:
    """Drop counts of single zones: the truth counts whole pictures."""
    kept = (line for line in lines.splitlines() if not _counts_one_zone(json.loads(line)))
    return "".join(f"{line}\n" for line in kept)


def _counts_one_zone(line: dict[str, object]) -> bool:
    return line["kind"] == "people_count" and line.get("zone") not in {None, "all"}


if __name__ == "__main__":
    main()
