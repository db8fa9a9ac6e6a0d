"""Scores the detectors on clips with ground truth: `make eval ARGS="--clips FOLDER"`.

The folder holds `score.py` and `dev/` with `NAME.mp4` and `NAME.json` beside each other. One configuration serves all
clips; only zones are drawn per camera, as an operator would: around the place where waste may be tipped, and where a
clip's truth names the part of the picture in which water may rise (`roi`). Every clip is analysed with and without the
people network; real footage is scored once more apart from composed and derived clips.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import Progress

from app.analyze import analyzed
from configs.cameras import Camera
from configs.services import Vision
from events.errors import ConfigError
from runtime.logs import set_up_logs
from vision.detector import Finder
from vision.worker import open_network

BESIDE = Path(__file__).parents[2] / "shared" / "data"

DETECT = {"crowding": {"count": 14, "hold_s": 5}, "abandoned_object": {"after_s": 8}}
PILE = {"waste_pile": {"coverage": 0.15, "hold_s": 8}}
WATER: dict[str, object] = {"water_level": {}}

WASTE_CORNERS = {"cmp_waste_grow": [[0.12, 0.57], [0.37, 0.57], [0.37, 0.71], [0.12, 0.71]]}
"""Where an operator of that camera would look for waste."""

COMPOSED = ("composite", "derived")
"""Origins of clips that are not footage as a camera took it."""


class Truth(NamedTuple):
    """What is known of a clip beforehand.

    Attributes:
        width_px: Width.
        height_px: Height.
        water: Boxes (x, y, width, height) in pixels in which water may rise or fall; None for the whole picture.
    """

    width_px: int
    height_px: int
    water: Sequence[Sequence[float] | None]


def truth_of(clip: Path) -> Truth:
    """Read what an operator of the clip's camera would know.

    Raises:
        ConfigError: the clip has no truth beside it.
    """
    try:
        known = json.loads(clip.with_suffix(".json").read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{clip.with_suffix('.json')}: the truth about the clip cannot be read") from error
    return Truth(known["width"], known["height"], [change.get("roi") for change in known["water"]])


def camera_for(clip: str, truth: Truth) -> Camera:
    """Return the one configuration, with the zones that this camera's operator would draw."""
    zones: list[dict[str, object]] = [{"id": "all", "detect": DETECT}]
    if clip in WASTE_CORNERS:
        zones.append({"id": "corner", "polygon": WASTE_CORNERS[clip], "detect": PILE})
    for number, roi in enumerate(truth.water):
        polygon = None if roi is None else _corners(roi, truth)
        zones.append({"id": f"water-{number}", "polygon": polygon, "detect": WATER})
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
    """Analyse every clip and print the scorer's tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=BESIDE, help="folder with score.py and dev/")
    parser.add_argument("--no-network", action="store_true", help="only without the people network")
    parser.add_argument("--json", type=Path, metavar="OUT", help="keep each table's figures as OUT/TABLE.json")
    arguments = parser.parse_args()
    set_up_logs(role="eval", level=logging.WARNING)
    clips = sorted((arguments.clips / "dev").glob("*.mp4"))
    if not clips:
        raise ConfigError(f"no clips in {arguments.clips / 'dev'}: name a folder with --clips")
    console = Console()
    finders: dict[str, Finder | None] = {"without the people network": None}
    network = None if arguments.no_network else open_network(Vision())
    if network is not None:
        finders = {"with the people network": network, **finders}
    elif not arguments.no_network:
        console.print("The people network is not installed (make models): people are counted by movement only.")
    if arguments.json is not None:
        arguments.json.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for how, finder in finders.items():
            predictions = Path(scratch) / "predictions.jsonl"
            _analyse(clips, finder, predictions, how, console)
            for title, origins in ((how, ()), (f"{how}, real footage alone", COMPOSED)):
                console.print(f"\n[bold]{title}[/]")
                console.file.flush()
                _score(arguments.clips, predictions, origins, _kept(arguments.json, title))


def _analyse(clips: Sequence[Path], finder: Finder | None, into: Path, how: str, console: Console) -> None:
    with into.open("w") as gathered, Progress(console=console, transient=True) as progress:
        for clip in progress.track(clips, description=f"Analysing {how}"):
            for line in analyzed(clip, camera_for(clip.stem, truth_of(clip)), finder):
                # The truth counts whole pictures.
                if line["kind"] != "people_count" or line.get("zone") in {None, "all"}:
                    gathered.write(json.dumps(line) + "\n")


def _score(folder: Path, predictions: Path, without: Sequence[str], kept: Path | None) -> None:
    """Let the scorer print its table, leaving out clips of some origins."""
    names = list(_names(folder / "dev", without)) if without else []
    subprocess.run(
        [
            *(sys.executable, folder / "score.py", folder / "dev", predictions, "--strict"),
            *(("--video", *names) if names else ()),
            *(() if kept is None else ("--json", kept)),
        ],
        check=True,
        stderr=subprocess.DEVNULL if names else None,  # it names every prediction about a clip left out
    )


def _names(folder: Path, without: Sequence[str]) -> Iterator[str]:
    for truth in sorted(folder.glob("*.json")):
        if not json.loads(truth.read_text())["origin"].startswith(tuple(without)):
            yield truth.stem


def _kept(folder: Path | None, title: str) -> Path | None:
    return None if folder is None else folder / f"{title.replace(',', '').replace(' ', '-')}.json"


def _corners(box: Sequence[float], truth: Truth) -> list[list[float]]:
    left, top = box[0] / truth.width_px, box[1] / truth.height_px
    right = min(left + box[2] / truth.width_px, 1.0)
    bottom = min(top + box[3] / truth.height_px, 1.0)
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


if __name__ == "__main__":
    main()
