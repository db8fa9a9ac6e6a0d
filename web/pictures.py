"""Picture routes: evidence and the latest picture of each camera."""

from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.ids import SourceId
from web.operations import answers, get
from web.ports import Pictures, Snapshots
from web.problems import ProblemError

GROUP: Final = "Pictures"


class DigestPath(msgspec.Struct, frozen=True, kw_only=True):
    """A picture by the SHA-256 of its bytes."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class CameraPath(msgspec.Struct, frozen=True, kw_only=True):
    """A camera by its id."""

    id: str


class PictureRoutes:
    """Serves pictures. All of them had their people pixelated before they left the vision worker."""

    def __init__(self, *, site: SiteFile, pictures: Pictures, snapshots: Snapshots) -> None:
        self._cameras = frozenset(camera.id for camera in site.cameras)
        self._pictures = pictures
        self._snapshots = snapshots

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/evidence/{sha256}.jpg", self.evidence, HTTPStatus.NOT_FOUND, group=GROUP),
            get("/api/v1/cameras/{id}/latest.jpg", self.latest, HTTPStatus.NOT_FOUND, group=GROUP),
        ]

    @answers(media="image/jpeg")
    @answers(media="image/jpeg", status=HTTPStatus.NOT_MODIFIED)
    async def evidence(self, request: web.Request, path: DigestPath) -> web.Response:
        """Return an evidence picture; its name is its digest, so it may be kept for ever."""
        sha256 = path.sha256
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "ETag": f'"{sha256}"'}
        if any(tag.value == sha256 for tag in request.if_none_match or ()):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        jpeg = await self._pictures.get(sha256)
        if jpeg is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "gambar menyusul: this picture has not arrived yet")
        return web.Response(body=jpeg, content_type="image/jpeg", headers=headers)

    @answers(media="image/jpeg")
    async def latest(self, _request: web.Request, path: CameraPath) -> web.Response:
        """Return the camera's latest picture and when it was taken."""
        camera = path.id
        if camera not in self._cameras:
            raise ProblemError(HTTPStatus.NOT_FOUND, "the site file has no camera of this name")
        snapshot = await self._snapshots.latest(SourceId(camera))
        if snapshot is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "no picture has come from this camera yet; try again")
        taken_at = snapshot.taken_at.astimezone(UTC)
        headers = {
            "Cache-Control": "no-store",
            "Last-Modified": format_datetime(taken_at, usegmt=True),
            "X-Taken-At": taken_at.isoformat().replace("+00:00", "Z"),
        }
        return web.Response(body=snapshot.jpeg, content_type="image/jpeg", headers=headers)
