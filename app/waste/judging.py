"""What cameras do to incidents of waste, by the site file."""

from datetime import timedelta

from alerts.waste import PileJudge
from configs.site import SiteFile
from events.ids import SourceId, ZoneId


def pile_judge(site: SiteFile) -> PileJudge:
    """Return the judge of a city's incidents."""
    return PileJudge(
        confirm=timedelta(minutes=site.waste.confirm_min),
        recheck=timedelta(minutes=site.waste.recheck_min),
        pile_from={
            (SourceId(camera.id), ZoneId(zone.id)): zone.detect.waste_pile.coverage
            for camera in site.cameras
            for zone in camera.zones
            if zone.detect.waste_pile is not None
        },
    )
