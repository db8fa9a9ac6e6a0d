"""Credentials never reach a log."""

import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.logs import without_credentials

_word = st.text(
    st.characters(
        codec="ascii", exclude_characters="/ \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f", categories=["L", "N", "P", "S"]
    ),
    min_size=1,
)


@given(user=_word, password=_word)
def test_whatever_the_password_holds_it_is_gone(user: str, password: str) -> None:
    text = without_credentials(f"cannot open rtsp://{user}:{password}@10.0.0.1:554/live today")
    assert text == "cannot open rtsp://10.0.0.1:554/live today"


def test_text_without_a_url_is_left_alone() -> None:
    assert without_credentials("mail operator@example.org about 3/4") == "mail operator@example.org about 3/4"


@pytest.mark.parametrize("as_json", [False, True])
def test_neither_tracebacks_nor_libraries_show_a_password(*, as_json: bool) -> None:
    script = textwrap.dedent(f"""
        import logging
        from runtime.isolation import isolated
        from runtime.logs import set_up_logs
        set_up_logs(role="test", as_json={as_json})
        def fail() -> None:
            address = "rtsp://admin:geheim" + "@10.0.0.1/live"
            raise RuntimeError("cannot open " + address)
        isolated("camera", fail)
        logging.getLogger("library").warning("cannot open %s", "rtsp://admin:gehe" + "im@10.0.0.2/live")
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "rtsp://10.0.0.1/live" in done.stderr
    assert "rtsp://10.0.0.2/live" in done.stderr
    assert "admin:geheim@" not in done.stderr
