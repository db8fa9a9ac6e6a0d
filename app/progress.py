"""Progress bars on the terminal; plain lines where there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=console, transient=True,
    )  # fmt: skip


@contextmanager
def share_progress(console: Console, title: str) -> Iterator[Callable[[float], None]]:
    """Show one bar; the yielded function takes the share done, 0..1."""
    with _bar(console) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def counting(console: Console, title: str) -> Iterator[Callable[[int], None]]:
    """Show how many were done, where nobody knows how many there are; the yielded function takes the number."""
    with console.status(title) as status:
        yield lambda done: status.update(f"{title}: {done}")


@contextmanager
def step_progress(console: Console, title: str) -> Iterator[tuple[Callable[[str], None], Callable[[float], None]]]:
    """Show one bar and the step under way; yields functions that take the step, and the share done."""
    with _bar(console) as bar:
        task = bar.add_task(title, total=1.0)

        def on_step(step: str) -> None:
            bar.update(task, description=f"Starting: {step}. {title}")

        yield on_step, lambda share: bar.update(task, completed=share)


@contextmanager
def video_progress(console: Console) -> Iterator[Callable[[Path, float], None]]:
    """Show a bar for each video; the yielded function takes the video and the share of it done, 0..1."""
    with _bar(console) as bar:
        tasks: dict[Path, TaskID] = {}

        def on_progress(video: Path, share: float) -> None:
            if video not in tasks:
                tasks[video] = bar.add_task(video.name, total=1.0)
            bar.update(tasks[video], completed=share)

        yield on_progress
