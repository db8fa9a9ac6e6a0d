"""SensorThings clients that others wrote, each in its own environment: docs/sensorthings.md is what they print."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environments import environment
from tests.sensorthings_town import town

pytestmark = [pytest.mark.database, pytest.mark.slow]

PAGE = Path(__file__).parents[2] / "docs/sensorthings.md"
FROST = ("frost_sta_client==1.1.53",)
AIO = ("aio-sensorthings[http,redis]==0.8.0", "PyYAML==6.0.3")
"""It imports Redis and YAML whether one uses them or not, and does not say so."""

RUN_S = 60.0


def shown(name: str) -> tuple[str, str]:
    """Return the program that the page shows for a client, and what it says that the program prints."""
    section = PAGE.read_text().split(f"### {name}\n", 1)[1]
    found = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1], found[2]


def newer_python() -> str:
    """Return a Python of at least 3.13, which the newer client wants: a newcomer's machine need not have two."""
    if sys.version_info >= (3, 13):
        return sys.executable
    named = [shutil.which(f"python3.{minor}") for minor in (13, 14)]
    # Whoever built this one may have built others beside it.
    built = [str(path) for path in sorted(Path(sys.base_prefix).parent.glob("3.1[34].*/bin/python3"))]
    found = [candidate for candidate in [*(name for name in named if name is not None), *built] if _starts(candidate)]
    if not found:
        # Also in CI: this is no server that a test could start, nor a package of Debian's.
        pytest.skip("aio-sensorthings runs on Python 3.13 or newer only: put python3.13 on the PATH")
    return found[0]


def _starts(python: str) -> bool:
    done = subprocess.run([python, "-c", "import ssl, venv"], capture_output=True, check=False, timeout=RUN_S)
    return done.returncode == 0


async def printed(python: Path, program: str, root: str) -> str:
    """Return what a program prints in a folder of its own."""
    (python.parent / "program.py").write_text(program)
    process = await asyncio.create_subprocess_exec(
        *(python, "-I", python.parent / "program.py", root),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=python.parent,
    )
    out, complaint = await asyncio.wait_for(process.communicate(), RUN_S)
    assert process.returncode == 0, complaint.decode()
    return out.decode()


@pytest.mark.parametrize("name", ["frost_sta_client", "aio-sensorthings"])
async def test_a_foreign_client_prints_what_the_page_shows(name: str, database_url: str, tmp_path: Path) -> None:
    program, expected = shown(name)
    if name == "frost_sta_client":
        python = await asyncio.to_thread(environment, tmp_path / "client", *FROST)
    else:
        newer = newer_python()
        python = await asyncio.to_thread(environment, tmp_path / "client", *AIO, interpreter=newer)
    async with town(database_url, tmp_path / "pictures") as root:
        assert await printed(python, program, root) == expected
