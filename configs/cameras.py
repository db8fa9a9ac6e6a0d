"""The camera section of the site file: a fixed contract that other tools rely on."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from configs.model import Seconds, Section, Share, Slug

Point = Annotated[tuple[Share, Share], Field(description="(x, y) in shares of width and height.")]


class Crowding(Section):
    """Too many people in a zone, by count or by density."""

    count: Annotated[int | None, Field(ge=1, description="People from which it is a crowd.")] = None
    area_m2: Annotated[float | None, Field(gt=0, description="Ground area of the zone in square metres.")] = None
    density_per_m2: Annotated[float | None, Field(gt=0, description="People per square metre.")] = None
    hold_s: Annotated[Seconds, Field(description="How long it must last before it begins, and be over.")] = 30.0

    @model_validator(mode="after")
    def _count_or_density(self) -> Self:
        density = self.area_m2 is not None and self.density_per_m2 is not None
        if (self.area_m2 is None) != (self.density_per_m2 is None):
            raise ValueError("area_m2 and density_per_m2 go together")
        if (self.count is not None) == density:
            raise ValueError("give either count, or area_m2 with density_per_m2")
        return self

    @property
    def threshold_people(self) -> float:
        """People from which the zone is crowded, whichever way it was written."""
        if self.count is not None:
            return float(self.count)
        if self.area_m2 is None or self.density_per_m2 is None:
            raise ValueError("neither count nor density")
        return self.area_m2 * self.density_per_m2


class WastePile(Section):
    """Coverage of a zone against its clean reference."""

    coverage: Annotated[Share, Field(gt=0, description="Share of the zone covered from which it is a pile.")] = 0.15
    hold_s: Annotated[Seconds, Field(description="How long the coverage must last.")] = 600.0
    reference: Annotated[str | None, Field(description="Picture of the clean zone; path beside the site file.")] = None


class AbandonedObject(Section):
    """Something new that stays. Accepted; its detector is not built yet."""

    after_s: Annotated[Seconds, Field(description="How long it must have stayed.")] = 20.0


class Detect(Section):
    """Which detectors look at a zone."""

    crowding: Crowding | None = None
    waste_pile: WastePile | None = None
    abandoned_object: AbandonedObject | None = None


class Zone(Section):
    """A named part of the picture."""

    id: Slug
    polygon: Annotated[
        tuple[Point, ...] | None,
        Field(min_length=3, description="Corners in shares of width and height; left out = the whole picture."),
    ] = None
    detect: Detect = Detect()


class Camera(Section):
    """One camera."""

    id: Slug
    name: Annotated[str, Field(min_length=1)]
    site: Slug
    url: Annotated[SecretStr, Field(description="rtsp:// or rtsps:// address; write credentials as ${NAME}.")]
    decode: Annotated[Literal["auto", "all", "keyframes"], Field(description="Which pictures are decoded.")] = "auto"
    analyse_fps: Annotated[float, Field(gt=0, le=30, description="Pictures analysed a second, at most.")] = 5.0
    health: Annotated[bool, Field(description="Watch for a covered, frozen or dark camera.")] = True
    zones: tuple[Zone, ...] = ()

    # Reserved: accepted from the start so that site files written for later releases load here.
    detect_url: Annotated[SecretStr | None, Field(description="Reserved: substream for analysis.")] = None
    live_url: Annotated[SecretStr | None, Field(description="Reserved: stream for people to watch.")] = None
    mask: Annotated[tuple[tuple[Point, ...], ...] | None, Field(description="Reserved: areas never looked at.")] = None
    ptz: Annotated[bool, Field(description="Reserved: the camera moves by command.")] = False
    homography: Annotated[
        tuple[tuple[float, ...], ...] | None, Field(description="Reserved: four picture points with metres.")
    ] = None
    gauge: Annotated[
        tuple[tuple[float, ...], ...] | None, Field(description="Reserved: two picture points with centimetres.")
    ] = None
    cadence: Annotated[Seconds | None, Field(description="Reserved: expected seconds between pictures.")] = None
    purpose: Annotated[str | None, Field(description="Why the camera stands there (UU 27/2022 art. 17).")] = None
    legal_basis: Annotated[str | None, Field(description="Legal basis of the processing.")] = None
    public: Annotated[bool, Field(description="Whether its pictures may be shown outside the control room.")] = False

    @field_validator("url", "detect_url", "live_url")
    @classmethod
    def _stream_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in {"rtsp", "rtsps"} or not parts.hostname:
            # The value may hold a password: the message must not repeat it.
            raise ValueError("want rtsp://host[:port]/path or rtsps://host[:port]/path")
        return url

    @model_validator(mode="after")
    def _zones_differ(self) -> Self:
        ids = [zone.id for zone in self.zones]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"zone ids must differ within a camera; used twice: {', '.join(twice)}")
        return self
