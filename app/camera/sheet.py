"""What is drawn on a camera's picture, judged by the rules of the site file, and where it is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from app.camera.site_text import SiteText, section_text
from configs.detection import Detect
from configs.load import find_camera_mistakes
from configs.mistakes import Mistake
from events.errors import ConfigError

DRAWN = ("zones", "mask", "homography", "gauge", "people")
"""Keys of a camera that are drawn, in the order in which they are written."""

Drawing = dict[str, object]
"""Values of those keys as plain lists and mappings; absent where nothing is drawn."""


class Sheet(Protocol):
    """What is being drawn."""

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def place(self) -> str | None:
        """Where it is saved, None where it can only be copied."""
        ...

    def drawing(self) -> Drawing:
        """Return what is drawn so far."""
        ...

    def mistakes(self, drawing: Drawing) -> list[Mistake]:
        """Return what is wrong with a drawing."""
        ...

    def save(self, drawing: Drawing) -> None:
        """Keep a drawing.

        Raises:
            ConfigError: it has mistakes, or cannot be written.
        """
        ...


class CameraSheet:
    """A camera of a site file."""

    def __init__(self, file: Path, camera_id: str) -> None:
        """Read the camera.

        Raises:
            ConfigError: it cannot be read, or what is drawn of it has mistakes that no page could show.
        """
        self._file = file
        self._id = camera_id
        self._section = SiteText(file).camera(camera_id)
        drawn = drawing_of(self._section)
        serious = [one for one in find_camera_mistakes(file, drawn) if not one.warning]
        if serious:
            told = "\n".join(f"  {one.path}: {one.problem}; {one.remedy}" for one in serious)
            raise ConfigError(f"{file}: what camera {camera_id} has now cannot be drawn; correct it first:\n{told}")

    @property
    def title(self) -> str:
        """Name of the camera."""
        return str(self._section.get("name") or self._id)

    @property
    def place(self) -> str | None:
        """The site file."""
        return self._file.name

    def drawing(self) -> Drawing:
        """Return what the file has."""
        return drawing_of(self._section)

    def mistakes(self, drawing: Drawing) -> list[Mistake]:
        """Return what would be wrong with the camera."""
        return find_camera_mistakes(self._file, drawing)

    def save(self, drawing: Drawing) -> None:
        """Write it into the site file as that is now, comments kept.

        Raises:
            ConfigError: the file would have new mistakes, or cannot be written.
        """
        text = SiteText(self._file)
        text.change_camera(self._id, {key: drawing.get(key) for key in DRAWN})
        text.save()


class LooseSheet:
    """A picture or video that belongs to no site file."""

    def __init__(self, source: Path, output: Path | None) -> None:
        """Draw on a file.

        Args:
            source: The picture or video, for the title.
            output: File for the camera section, as `pantau analyze --camera` reads it; None to copy only.
        """
        self._source = source
        self._output = output

    @property
    def title(self) -> str:
        """Name of the file."""
        return self._source.name

    @property
    def place(self) -> str | None:
        """The file it is written to."""
        return None if self._output is None else self._output.name

    def drawing(self) -> Drawing:
        """Return nothing: it begins empty."""
        return {}

    def mistakes(self, drawing: Drawing) -> list[Mistake]:
        """Return what would be wrong with a camera drawn so."""
        return find_camera_mistakes(self._output or self._source, drawing)

    def save(self, drawing: Drawing) -> None:
        """Write the camera section.

        Raises:
            ConfigError: it has mistakes, or cannot be written.
        """
        if self._output is None:
            raise ConfigError("there is no file to save to; copy the YAML, or start again with --output FILE.yaml")
        serious = [one for one in self.mistakes(drawing) if not one.warning]
        if serious:
            raise ConfigError("; ".join(f"{one.path}: {one.problem}" for one in serious))
        try:
            self._output.write_text(section_text({"name": self._source.stem, **drawing}) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{self._output}: cannot be written: {error.strerror}") from error


def drawing_of(values: Mapping[str, object]) -> Drawing:
    """Return the drawn keys of a camera's section; those with nothing in them are left out."""
    return {key: values[key] for key in DRAWN if values.get(key)}


def detectors() -> list[dict[str, object]]:
    """Describe every detector a zone can have, with its settings, so that a page can offer them.

    Returns:
        `{"name", "about", "fields": [{"name", "about", "type", "default", "minimum", "maximum"}]}` for each; type is
        `number`, `integer`, `boolean` or `string`.
    """
    described: list[dict[str, object]] = []
    for name, field in Detect.model_fields.items():
        section = next(part for part in _arguments(field.annotation) if part is not type(None))
        if not issubclass(section, BaseModel):
            raise TypeError(f"detect.{name} is no section")
        schema = section.model_json_schema()
        fields = [_field(key, value) for key, value in schema.get("properties", {}).items()]
        described.append({"name": name, "about": field.description, "fields": fields})
    return described


def _arguments(annotation: object) -> tuple[type, ...]:
    return tuple(getattr(annotation, "__args__", ()))


def _field(name: str, schema: Mapping[str, object]) -> dict[str, object]:
    options = schema.get("anyOf")
    chosen: Mapping[str, object] = schema
    if isinstance(options, list):
        chosen = {**schema, **next(one for one in options if one.get("type") != "null")}
    return {
        "name": name,
        "about": schema.get("description", ""),
        "type": chosen.get("type", "string"),
        "default": schema.get("default"),
        "minimum": chosen.get("minimum", chosen.get("exclusiveMinimum")),
        "maximum": chosen.get("maximum", chosen.get("exclusiveMaximum")),
    }
