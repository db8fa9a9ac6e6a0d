"""How far apart pictures may lie so that a camera's detectors still do what they promise."""

from configs.cameras import Camera

HEALTH_S = 2.5
"""A covered, moved or frozen camera is told within 10 s: four looks at least."""
ACCEPTED_S = {
    "crowding": 2.5,
    "waste_pile": 5.0,
    "abandoned_object": 2.5,
    "water_level": 2.5,
    "green_cover": 10.0,
}
"""By detector. People pass through a zone in a few seconds, and an owner leaves what he put down in not many more; a
pile is judged by the median of five pictures and by hold times of minutes, vegetation once an hour."""


def accepted_gap_s(camera: Camera) -> float:
    """Return the longest time between pictures with which all detectors of a camera are content, in seconds."""
    accepted_s = [ACCEPTED_S[name] for zone in camera.zones for name, section in zone.detect if section is not None]
    if camera.health:
        accepted_s.append(HEALTH_S)
    if not camera.zones:  # then people are counted in the whole picture
        accepted_s.append(ACCEPTED_S["crowding"])
    return min(accepted_s, default=max(ACCEPTED_S.values()))
