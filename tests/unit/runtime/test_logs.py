"""Credentials never reach a log."""

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
