"""Virtual environments for programs that others wrote, whose dependencies are not ours."""

import subprocess
import sys
from pathlib import Path

from tests.needs import lacking

INSTALL_S = 90.0


def environment(folder: Path, *packages: str, interpreter: str = sys.executable) -> Path:
    """Return the Python of a new virtual environment that has some packages.

    Args:
        folder: Where it is made.
        packages: What it has.
        interpreter: The Python it is of.
    """
    subprocess.run([interpreter, "-m", "venv", "--without-pip", folder], check=True, timeout=INSTALL_S)
    python = folder / "bin/python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    try:
        done = subprocess.run(
            [*command, "--no-compile", "--quiet", *packages],
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        lacking(packages[0], f"PyPI did not answer within {INSTALL_S:g} s")
    if done.returncode:
        lacking(packages[0], f"PyPI is not reachable: {done.stderr.strip()[-200:]}")
    return python
