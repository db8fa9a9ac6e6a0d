"""What the page's build takes and gives."""

import json

import pytest

from tests.needs import lacking
from web.page import DIST

PAGES = DIST.parent


def test_the_lock_names_no_host() -> None:
    lock = json.loads((PAGES / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert name == "" or "integrity" in package, name


def test_every_dependency_is_pinned() -> None:
    package = json.loads((PAGES / "package.json").read_text())
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert version[0].isdigit()


@pytest.fixture
def index() -> str:
    if not (DIST / "index.html").is_file():
        lacking("the built pages", "make pages")
    return (DIST / "index.html").read_text()


def test_the_built_page_asks_only_its_own_server_and_holds_nothing_inline(index: str) -> None:
    assert "<style" not in index
    assert "<script>" not in index
    assert "//" not in index
    assert all("@import url(" not in css.read_text() for css in (DIST / "assets").glob("*.css"))
