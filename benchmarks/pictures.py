"""Make the pictures of docs/vision.md anew: `python -m benchmarks.pictures [NAME...]`.

One picture for each detector, by the very drawing of `pantau analyze --annotate`, from scenes that Pantau draws itself;
the plot of `--plot`; where the processor time goes (`cost`); and, where chromium and the built pages are there, the
drawing page and a commissioning report.
Every picture must show what it is for: a detector that stays silent stops the run.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
from rich.console import Console

from app.annotate import Annotator
from app.camera.commission import commission
from app.camera.drawing_page import DrawingPage
from app.camera.report import html
from app.camera.sheet import CameraSheet
from app.camera.source import Source
from app.camera.still import PictureFile
from app.demo.clips import render
from app.onlookers import Look
from app.plot import Plotter
from benchmarks import cost_plot
from benchmarks import pictured_scenes as scenes
from configs.cameras import Camera
from configs.services import Vision
from events.frame import Frame, Picture
from events.ids import ZoneId
from vision.attention import Attention
from vision.detector import Finder
from vision.detectors import ZONE_DETECTORS, build_detectors
from vision.pipeline import Pipeline
from vision.reference import FirstSettledReferences
from vision.shrinker import Shrinker
from vision.worker import open_network

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
LARGEST_BYTES = 150_000
SETTLE_S = 2.0
"""A picture is taken so long after the event was told, unless the shot says otherwise."""

OUT = Console(stderr=True)

Settings = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of one detector.

    Attributes:
        name: Name of the file.
        detector: What it shows, as under `detect`, or `health`.
        kind: Kind of the event that must begin, None where the detector only measures.
        camera: Its settings.
        frames: Draws the scene.
        clean: Draws the scene's clean reference, None without.
        plot: Whether the series are drawn too.
        settle_s: The picture is taken so long after the event was told, or after the first measurement.
    """

    name: str
    detector: str
    kind: str | None
    camera: Settings
    frames: Callable[[], Iterator[Frame]]
    clean: Callable[[], Picture] | None = None
    plot: bool = False
    settle_s: float = SETTLE_S


def zone(name: str, polygon: list[list[float]], **detect: Settings) -> Settings:
    """Return a zone."""
    return {"id": name, "polygon": polygon, "detect": detect}


PAVING = [[0.0, 0.41], [1.0, 0.41], [1.0, 0.995], [0.0, 0.995]]

SHOTS = (
    Shot(
        name="people",
        detector="crowding",
        kind="crowding",
        camera={"name": "Alun-alun", "zones": [zone("plaza", PAVING, crowding={"count": 9, "hold_s": 3})]},
        frames=lambda: scenes.demo("alun-alun"),
    ),
    Shot(
        name="waste",
        detector="waste_pile",
        kind="waste_pile",
        camera={
            "name": "TPS Pasar",
            "zones": [
                zone(
                    "sudut",
                    [[0.52, 0.55], [0.78, 0.55], [0.78, 0.74], [0.52, 0.74]],
                    waste_pile={"coverage": 0.15, "hold_s": 6},
                )
            ],
        },
        frames=lambda: scenes.demo("tps-pasar"),
        clean=lambda: scenes.clean("tps-pasar"),
        plot=True,
    ),
    Shot(
        name="left-object",
        detector="abandoned_object",
        kind="abandoned_object",
        camera={"name": "Alun-alun", "zones": [zone("plaza", PAVING, abandoned_object={"after_s": 10})]},
        frames=scenes.left_bag,
    ),
    Shot(
        name="health",
        detector="health",
        kind="tamper",
        camera={"name": "Pelabuhan", "zones": []},
        frames=lambda: scenes.demo("pelabuhan"),
    ),
    Shot(
        name="water",
        detector="water_level",
        kind="water_level",
        camera={
            "name": "Pelabuhan",
            "zones": [zone("dermaga", [[0.3, 0.58], [0.98, 0.58], [0.98, 0.99], [0.3, 0.99]], water_level={})],
            "gauge": [{"at": list(at), "cm": cm} for at, cm in zip(scenes.GAUGE, scenes.GAUGE_CM, strict=True)],
        },
        frames=scenes.rising_water,
        settle_s=20.0,
    ),
    Shot(
        name="green",
        detector="green_cover",
        kind=None,
        camera={
            "name": "Taman",
            "zones": [zone("taman", [[0.0, 0.2], [1.0, 0.2], [1.0, 0.75], [0.0, 0.75]], green_cover={})],
        },
        frames=scenes.park,
        settle_s=12.0,
    ),
)


def take(shot: Shot, folder: Path, finder: Finder | None) -> Path:
    """Let a detector look at its scene and keep the picture that shows it at work.

    Raises:
        SystemExit: it never saw what the scene shows.
    """
    attention = Attention(finder)
    camera, pipeline = _set_up(shot, attention)
    annotator = Annotator(folder / f"{shot.name}.mp4", camera)
    plotter = Plotter(folder / f"{shot.name}-plot.png", camera.name, camera)
    kept: Picture | None = None
    began_s: float | None = None
    measured_s = 0.0
    for frame in shot.frames():
        t_s = (frame.taken_at - scenes.BEGINNING).total_seconds()
        statements = pipeline.take(frame)
        look = Look(
            t_s=t_s,
            frame=frame,
            shown=lambda taken=frame: pipeline.snapshot(taken),  # type: ignore[misc]
            found=attention.last,
            statements=statements,
        )
        if t_s - measured_s >= 1.0:
            measured_s = t_s
            values = pipeline.drain_measurements()
            annotator.measured(values, t_s)
            plotter.measured(values, t_s)
        annotator.follow(look)
        plotter.look(look)
        if began_s is None and annotator.shows(shot.detector, shot.kind):
            began_s = t_s
        if kept is None and began_s is not None and t_s - began_s >= shot.settle_s:
            kept = annotator.draw(look)
            if not shot.plot:
                break
    if kept is None:
        raise SystemExit(f"{shot.name}: {shot.detector} saw nothing in its scene; the picture was not made")
    if shot.plot:
        plotter.close()
    return write(folder / f"{shot.name}.jpg", kept)


def _set_up(shot: Shot, attention: Attention) -> tuple[Camera, Pipeline]:
    camera = Camera.model_validate({"id": "cam", "site": "demo", "url": "rtsp://demo.invalid/", **shot.camera})
    references = FirstSettledReferences()
    if shot.clean is not None:
        luma = np.ascontiguousarray(cv2.cvtColor(shot.clean(), cv2.COLOR_BGR2GRAY), np.uint8)
        for one in camera.zones:
            references.save(ZoneId(one.id), Shrinker().shrink(luma))
    timezone = ZoneInfo("Asia/Jakarta")
    return camera, Pipeline(camera, build_detectors(camera, references), attention, timezone=timezone)


def filmstrip(shot: Shot, place: Path, finder: Finder | None) -> Path:
    """Keep the evidence that a detector's first event is told with.

    Raises:
        SystemExit: nothing was told with a picture.
    """
    _, pipeline = _set_up(shot, Attention(finder))
    for frame in shot.frames():
        for statement in pipeline.take(frame):
            if statement.picture is not None and statement.observation.kind == shot.kind:
                place.write_bytes(statement.picture.jpeg)
                return place
    raise SystemExit(f"{place.stem}: nothing was told with a picture")


def write(place: Path, picture: Picture) -> Path:
    """Write a JPEG of at most 150 KB, giving up quality for it."""
    data = np.zeros(LARGEST_BYTES + 1, np.uint8)
    quality = 92
    while len(data) > LARGEST_BYTES and quality > 30:
        quality -= 6
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    place.write_bytes(data.tobytes())
    return place


SITE = """\
city: {name: Kota}
sites:
  - {id: alun-alun, name: Alun-alun, kecamatan: 33.17.10, position: {lat: -6.7, lon: 111.3}}
cameras:
  - id: cam-alun-alun
    name: Alun-alun
    site: alun-alun
    url: rtsp://${CAMERA_USER}:${CAMERA_PASSWORD}@192.0.2.10/stream1
    zones:
      - id: plaza
        polygon: [[0.02, 0.43], [0.98, 0.43], [0.98, 0.96], [0.02, 0.96]]
        detect:
          crowding: {count: 50, hold_s: 30}
    homography:
      - {at: [0.345, 0.79], metres: [0, 0]}
      - {at: [0.655, 0.79], metres: [4, 0]}
      - {at: [0.596, 0.553], metres: [4, 6]}
      - {at: [0.404, 0.553], metres: [0, 6]}
    people:
      - {head: [0.245, 0.63], feet: [0.245, 0.77]}
      - {head: [0.475, 0.45], feet: [0.475, 0.555]}
"""


async def photograph(folder: Path, finder: Finder | None) -> list[Path]:
    """Keep the drawing page, and a commissioning report, as chromium shows them."""
    # Only here, since chromium's driver belongs to the tests.
    from tests.pages.browser import browser  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clip = _clip(work)
        site = work / "rembang.yaml"
        site.write_text(SITE)
        picture = work / "alun-alun.png"
        crowd = list(scenes.demo("alun-alun"))[110].to_bgr()
        cv2.imwrite(str(picture), crowd)
        page = DrawingPage(CameraSheet(site, "cam-alun-alun"), PictureFile(picture))
        report = work / "report.html"
        camera = CameraSheet(site, "cam-alun-alun").drawing()
        source = Source(
            shown="alun-alun.mp4",
            address=str(clip),
            is_file=True,
            camera=Camera.model_validate(
                {"id": "cam", "name": "Alun-alun", "site": "x", "url": "rtsp://demo.invalid/", **camera}
            ),
        )
        report.write_text(html(commission(source, minutes=1, finder=finder), finder))
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(page.serve(ready.set_result))
        made = []
        async with browser(work) as tab:
            await tab.open(f"{await ready}?lang=en", width=1280, height=760)
            await tab.until("document.querySelector('.result pre')?.textContent.includes('plaza')")
            await tab.ask("document.querySelector('.card.zone .title').click()")
            made.append(write(folder / "zones-page.jpg", _decoded(await tab.screenshot())))
            await tab.open(report.as_uri(), width=820, height=1240)
            await tab.until("[...document.images].every(one => one.complete)")
            made.append(write(folder / "commission.jpg", _decoded(await tab.screenshot())))
        serving.cancel()
        await asyncio.wait({serving})
    return made


def _clip(folder: Path) -> Path:
    render(folder, "alun-alun", calm=False)
    return folder / "alun-alun.mp4"


def _decoded(png: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def main(names: list[str]) -> None:
    """Make the pictures, or those named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    finder = open_network(Vision())
    for shot in SHOTS:
        if names and shot.name not in names:
            continue
        if shot.detector != "health" and shot.detector not in ZONE_DETECTORS:
            OUT.print(f"{shot.name}: left out, there is no detector {shot.detector} here")
            continue
        OUT.print(f"{take(shot, FOLDER, finder)}", highlight=False)
    if not names or "evidence" in names:
        waste = next(shot for shot in SHOTS if shot.name == "waste")
        OUT.print(f"{filmstrip(waste, FOLDER / 'evidence.jpg', finder)}", highlight=False)
    if not names or "cost" in names:
        OUT.print(f"{cost_plot.draw(cost_plot.measured(), FOLDER / 'pipeline-cost.png')}", highlight=False)
    if not names or "pages" in names:
        for place in asyncio.run(photograph(FOLDER, finder)):
            OUT.print(f"{place}", highlight=False)


if __name__ == "__main__":
    main(sys.argv[1:])
