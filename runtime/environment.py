"""What the supervisor tells a role through its environment."""

import os

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SUPERVISED = "PANTAU_SUPERVISED"


def metrics_folder() -> str | None:
    """Return the folder in which the roles of this machine share their metrics, None where they do not."""
    return os.environ.get(METRICS_FOLDER)


def is_supervised() -> bool:
    """Tell whether a supervisor holds this process's standard input."""
    return os.environ.get(SUPERVISED) == "1"
