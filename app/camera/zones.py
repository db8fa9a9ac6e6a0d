"""One sitting of drawing zones: finds the picture, opens the page, and returns what was drawn."""

import asyncio
import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app.camera.drawing_page import DrawingPage
from app.camera.sheet import CameraSheet, LooseSheet, Sheet
from app.camera.site_text import SiteText, section_text
from app.camera.source import Source, find_source
from app.camera.still import PICTURE_SUFFIXES, PictureFile, Stills, StreamPictures
from events.errors import ConfigError

_YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What came of it.

    Attributes:
        text: What was drawn, as YAML; empty for nothing.
        saved: Whether it was saved as it stands.
    """

    text: str
    saved: bool


def draw(
    file: Path,
    camera: str | None,
    *,
    picture: Path | None,
    output: Path | None,
    browser: bool,
    port: int,
    console: Console,
) -> Sitting:
    """Serve the page until the person is done or presses Ctrl-C.

    Args:
        file: Site file, or picture or video.
        camera: Id of the camera of the site file.
        picture: Picture or video instead of the live stream.
        output: Where the section goes without a site file.
        browser: Whether to open the browser.
        port: Port on loopback, 0 for any.
        console: Where the address is told.

    Raises:
        ConfigError: what was named does not fit together; says what to write.
        SourceError: there is no picture.
    """
    sheet, stills = _sheet(file, camera, picture=picture, output=output)
    page = DrawingPage(sheet, stills)

    def ready(address: str) -> None:
        console.print(f"Draw here: [bold]{escape(address)}[/]", soft_wrap=True, highlight=False)
        console.print("Press Ctrl-C to stop.")
        if browser and not webbrowser.open(address):
            console.print("No browser could be opened here; open the address yourself.")

    with suppress(KeyboardInterrupt):
        asyncio.run(page.serve(ready, port=port))
    return Sitting(text=section_text(page.drawing), saved=page.saved)


def _sheet(file: Path, camera: str | None, *, picture: Path | None, output: Path | None) -> tuple[Sheet, Stills]:
    if file.suffix.lower() not in _YAML:
        if camera is not None:
            raise ConfigError(f"{file} is no site file, so it has no camera {camera}; leave that out")
        return LooseSheet(file, output), _stills(file)
    if output is not None:
        raise ConfigError("--output is for drawing without a site file; with one, the page saves into it")
    known = SiteText(file).camera_ids
    if camera is None:
        if len(known) != 1:
            raise ConfigError(f"say which camera, such as: pantau camera zones {file} {known[0] if known else 'ID'};"
                              f" {file} has: {', '.join(known) or 'none'}")  # fmt: skip
        camera = known[0]
    sheet = CameraSheet(file, camera)
    return sheet, _stills(picture) if picture is not None else StreamPictures(find_source(camera, file))


def _stills(file: Path) -> Stills:
    if file.suffix.lower() in PICTURE_SUFFIXES:
        return PictureFile(file)
    return StreamPictures(Source(shown=file.name, address=str(file), is_file=True))
