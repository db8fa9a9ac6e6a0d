"""Makes the demo cameras' clips: draws the scenes, encodes them, keeps them for the next start."""

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from fractions import Fraction
from importlib import resources
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path

import av
import cv2

from app.demo.planes import I420
from app.demo.scenes import FRAMES_PER_S, Scene
from app.demo.scripts import scripts
from events.errors import PlatformError

Progress = Callable[[float], None]
"""Told the share of the work done, 0..1, from the calling thread."""

KEYFRAME_EVERY = 2 * FRAMES_PER_S
"""Pictures from one keyframe to the next: two seconds, as cameras are commonly set."""

_ENCODER = {
    # Baseline has no pictures out of order, which the RTSP server could not send in time.
    "profile": "baseline",
    "preset": "ultrafast",
    "tune": "zerolatency",
    # A constant quantiser takes a third less time than constant quality, for the same size.
    "qp": "27",
    "g": str(KEYFRAME_EVERY),
    "bf": "0",
    "sc_threshold": "0",
    "threads": "1",
}

_DRAWING = (
    "actors",
    "arrays",
    "backdrops",
    "canvas",
    "clips",
    "facades",
    "figures",
    "perspective",
    "planes",
    "props",
    "scenes",
    "scripts",
    "things",
)
"""Modules on which the look of a clip depends."""


def encode(path: Path, pictures: Iterable[I420], *, width_px: int, height_px: int) -> None:
    """Write pictures as an H.264 MP4 of 25 pictures a second; the file appears only when it is whole.

    Args:
        path: Where to.
        pictures: I420 planes, uint8, (height * 3 / 2, width).
        width_px: Width, even.
        height_px: Height, even.
    """
    unfinished = path.with_suffix(".part")
    with av.open(str(unfinished), mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_S, options=_ENCODER)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.time_base = Fraction(1, FRAMES_PER_S)
        for index, planes in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    unfinished.replace(path)


def variant(*, calm: bool) -> str:
    """Return the name of the folder in which clips of this variant lie; both variants have the same file names."""
    return "calm" if calm else "busy"


def render_all(folder: Path, *, calm: bool, on_progress: Progress | None = None) -> tuple[Path, ...]:
    """Make the clips that are missing or drawn by other code than this; return all of them.

    They lie in `busy` or `calm` below the folder. Beside each lies `NAME-clean.png`, the scene with nothing in it:
    the reference of the waste detector.

    Args:
        folder: Where to; made if missing.
        calm: Which variant.
        on_progress: Told how far it is.

    Raises:
        PlatformError: a drawing process died.
    """
    folder /= variant(calm=calm)
    folder.mkdir(parents=True, exist_ok=True)
    names = [script.name for script in scripts(calm=calm)]
    version = _version()
    missing = [name for name in names if not _is_current(folder, name, version)]
    if missing:
        _render_in_processes(folder, missing, calm=calm, on_progress=on_progress or (lambda _share: None))
        for name in missing:
            _stamp(folder, name).write_text(version, encoding="ascii")
    return tuple(folder / f"{name}.mp4" for name in names)


def render(folder: Path, name: str, *, calm: bool, on_frame: Callable[[], None] | None = None) -> None:
    """Draw and encode one clip in this process.

    Args:
        folder: Where to.
        name: Which script.
        calm: Which variant.
        on_frame: Called after each picture; what it raises ends the work.
    """
    script = next(script for script in scripts(calm=calm) if script.name == name)
    scene = Scene(script)
    still = scene.still
    if not cv2.imwrite(str(folder / f"{name}-clean.png"), still):
        raise PlatformError(f"cannot write {folder / name}-clean.png: is the folder writable?")

    def pictures() -> Iterator[I420]:
        for index in range(script.frames):
            yield scene.planes(index)
            if on_frame is not None:
                on_frame()

    encode(folder / f"{name}.mp4", pictures(), width_px=still.shape[1], height_px=still.shape[0])


def _render_in_processes(folder: Path, names: list[str], *, calm: bool, on_progress: Progress) -> None:
    context = multiprocessing.get_context("spawn")
    ticks: SimpleQueue[int] = context.SimpleQueue()
    stop = context.Event()
    frames = sum(script.frames for script in scripts(calm=calm) if script.name in names)
    workers = min(len(names), os.cpu_count() or 1)
    done = 0
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(ticks, stop)) as pool:
        jobs: set[Future[None]] = {pool.submit(_render_here, folder, name, calm=calm) for name in names}
        try:
            while jobs:
                finished, jobs = wait(jobs, timeout=0.2, return_when=FIRST_COMPLETED)
                while not ticks.empty():
                    done += ticks.get()
                on_progress(min(done / frames, 1.0))
                for job in finished:
                    job.result()
        finally:
            stop.set()


class _StoppedError(PlatformError):
    """The parent asked to stop."""


class _Reporter:
    """Counts pictures for the parent, and ends the work when the parent wants."""

    def __init__(self, ticks: "SimpleQueue[int]", stop: Event) -> None:
        self._ticks = ticks
        self._stop = stop
        self._pending = 0

    def __call__(self) -> None:
        self._pending += 1
        if self._pending < FRAMES_PER_S:
            return
        self._ticks.put(self._pending)
        self._pending = 0
        if self._stop.is_set():
            raise _StoppedError("drawing was stopped")


_reporters: list[_Reporter] = []
"""The one of this drawing process: a pool hands such things over to its processes only when it starts them."""


def _start(ticks: "SimpleQueue[int]", stop: Event) -> None:
    # Ctrl-C reaches the whole terminal group: the parent alone answers it, and stops this process by the event.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _reporters.append(_Reporter(ticks, stop))


def _render_here(folder: Path, name: str, *, calm: bool) -> None:
    render(folder, name, calm=calm, on_frame=_reporters[0])


def _stamp(folder: Path, name: str) -> Path:
    return folder / f"{name}.version"


def _is_current(folder: Path, name: str, version: str) -> bool:
    stamp = _stamp(folder, name)
    wanted = (folder / f"{name}.mp4", folder / f"{name}-clean.png", stamp)
    return all(path.is_file() for path in wanted) and stamp.read_text(encoding="ascii") == version


def _version() -> str:
    """Return a digest of the code that draws: clips drawn by older code are drawn anew."""
    digest = hashlib.sha256()
    package = resources.files("app.demo")
    for module in _DRAWING:
        digest.update((package / f"{module}.py").read_bytes())
    return digest.hexdigest()
