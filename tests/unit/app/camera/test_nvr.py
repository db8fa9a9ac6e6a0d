import csv
import io
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.importing import SAMPLE, as_text, merge_into, write_secrets
from app.camera.nvr import env_name, parse_channels, read_channels, slug
from app.camera.site_text import SiteText
from events.errors import ConfigError
from events.ids import is_slug

SITE = """\
city: {name: Kota}
sites:
  - {id: pasar, name: Pasar, kecamatan: 33.17.10, position: {lat: -6.7, lon: 111.3}}   # the only one
cameras:
  - id: old
    name: Old
    site: pasar
    url: rtsp://192.0.2.1/x
    # ends here
# Rules follow.
rules: []
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


def urls(text: str, **options: object) -> list[str]:
    return [str(one["url"]) for one in parse_channels(text, "x.csv", site="pasar", **options).sections]  # type: ignore[arg-type]


def test_the_sample_is_good_and_holds_no_password() -> None:
    imported = parse_channels(SAMPLE, "sample.csv")
    assert [one["id"] for one in imported.sections] == ["alun-alun-barat", "alun-alun-timur", "tps-pasar", "dermaga"]
    assert imported.names[:2] == ["CAM_192_0_2_20_USER", "NVR_PASSWORD"]
    assert "viewer" not in as_text(imported)


@pytest.mark.parametrize(
    ("vendor", "channel", "path"),
    [
        ("hikvision", "1", "/Streaming/Channels/101"),
        ("Hikvision", "012", "/Streaming/Channels/1201"),
        ("dahua", "3", "/cam/realmonitor?channel=3&subtype=0"),
    ],
)
def test_a_maker_and_a_channel_make_the_path(vendor: str, channel: str, path: str) -> None:
    text = f"name,host,vendor,channel\nA,192.0.2.1,{vendor},{channel}\n"
    assert urls(text) == [f"rtsp://192.0.2.1:554{path}"]


def test_the_small_stream_is_for_analysis_where_it_is_wanted() -> None:
    text = "name,host,vendor,channel\nA,192.0.2.1,hikvision,1\n"
    (section,) = parse_channels(text, "x.csv", site="pasar", substream=True).sections
    assert section["detect_url"] == "rtsp://192.0.2.1:554/Streaming/Channels/102"


def test_semicolons_indonesian_headings_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "kanal.csv"
    file.write_bytes(
        "\ufeffNama;Kanal;IP;Merk;Username;Kata Sandi\nPasar Ikan;2;192.0.2.7;dahua;admin;p@s:s/1\n".encode()
    )
    imported = read_channels(file, site="pasar")
    (section,) = imported.sections
    assert section["id"] == "pasar-ikan"
    assert "p@s" not in str(section)
    assert "p@s" not in repr(imported)
    assert imported.secrets["CAM_192_0_2_7_PASSWORD"] == "p%40s%3As%2F1"


def test_two_accounts_at_one_recorder_get_names_of_their_own() -> None:
    text = "name,url\nA,rtsp://u:one@192.0.2.1/a\nB,rtsp://u:two@192.0.2.1/b\nC,rtsp://u:one@192.0.2.1/c\n"
    imported = parse_channels(text, "x.csv", site="pasar")
    assert imported.names == ["CAM_192_0_2_1_USER", "CAM_192_0_2_1_PASSWORD", "CAM_192_0_2_1_B_PASSWORD"]
    assert [str(one["url"]).split("@")[1] for one in imported.sections] == ["192.0.2.1/a", "192.0.2.1/b", "192.0.2.1/c"]


def test_every_mistake_is_told_with_its_line() -> None:
    text = (
        "name,host,vendor,channel,url,password\n"
        "A,192.0.2.1,sony,1,,\n"
        "B,192.0.2.1,hikvision,x,,\n"
        "C,,,,http://192.0.2.1/,\n"
        "D,,,,,\n"
        "!!!,192.0.2.1,dahua,1,,\n"
        "E,192.0.2.1,dahua,1,,geheim\n"
        "F,192.0.2.9,dahua,1,,\n"
        "f,192.0.2.9,dahua,2,,\n"
        "G,192.0.2.9,dahua,1,,\n"
    )
    with pytest.raises(ConfigError) as refused:
        urls(text)
    told = str(refused.value)
    for line in range(2, 8):
        assert f"line {line}:" in told
    assert "the id f is that of line 8" in told
    assert "this is the stream of line 8" in told
    assert "geheim" not in told


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "name\n", "id,host\na,b\n", "name,name\na,b\n", 'name,host\n"open,192.0.2.1\n', "name,host\na,b,c\n"],
)
def test_what_is_no_channel_list_says_what_is_wanted(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.csv"):
        urls(text)


def test_a_password_behind_the_question_mark_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError) as refused:
        urls("name,url\nA,rtsp://192.0.2.1/s?user=a&password=geheim\n")
    assert "geheim" not in str(refused.value)


PASSWORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="\x7f"), min_size=4, max_size=12
)


@settings(deadline=None, max_examples=50)
@given(
    names=st.lists(st.text(max_size=20).filter(lambda name: slug(name) != ""), min_size=1, max_size=6),
    passwords=st.lists(PASSWORDS.map(lambda word: f"~{word}~"), min_size=6, max_size=6),
    delimiter=st.sampled_from(",;\t"),
)
def test_whatever_stands_in_it_no_password_reaches_the_yaml_and_every_id_is_one(
    names: list[str], passwords: list[str], delimiter: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["name", "host", "vendor", "channel", "user", "password", "id"])
    for number, (name, password) in enumerate(zip(names, passwords, strict=False)):
        writer.writerow([name, f"192.0.2.{number}", "hikvision", number + 1, "viewer", password, f"cam-{number}"])
    imported = parse_channels(out.getvalue(), "x.csv", site="pasar")
    assert len(imported.sections) == min(len(names), len(passwords))
    text = as_text(imported)
    for section, password in zip(imported.sections, passwords, strict=False):
        assert is_slug(str(section["id"]))
        assert password.strip() not in text
        assert f"${{{env_name('CAM_' + str(section['url']).split('@')[1].split(':')[0] + '_password')}}}" in text


@given(st.text(string.printable + "éüçñ日本", max_size=80))
def test_a_slug_is_one_or_nothing(text: str) -> None:
    made = slug(text)
    assert made == "" or is_slug(made)


def test_merging_touches_nothing_else(site: Path) -> None:
    merge_into(site, parse_channels("name,host,path\nNew,192.0.2.5,/live\n", "x.csv", site="pasar"))
    new = "  - id: new\n    name: New\n    site: pasar\n    url: rtsp://192.0.2.5:554/live\n"
    assert site.read_text() == SITE.replace("# ends here\n", f"# ends here\n{new}")
    assert SiteText(site).camera_ids == ["old", "new"]


def test_an_id_that_is_taken_or_a_site_that_is_not_there_changes_nothing(site: Path) -> None:
    taken = parse_channels("name,id,host,path\nNew,old,192.0.2.5,/live\n", "x.csv", site="pasar")
    with pytest.raises(ConfigError, match="old"):
        merge_into(site, taken)
    with pytest.raises(ConfigError, match="sites"):
        merge_into(site, parse_channels("name,host,path\nNew,192.0.2.5,/live\n", "x.csv", site="nowhere"))
    assert site.read_text() == SITE


def test_cameras_are_added_to_a_file_that_has_none(site: Path) -> None:
    new = parse_channels("name,host,path\nNew,192.0.2.5,/live\n", "x.csv", site="pasar")
    for without in ("cameras: []\n", ""):
        start, rest = SITE.split("cameras:\n")
        site.write_text(start + without + "# Rules follow." + rest.split("# Rules follow.")[1])
        merge_into(site, new)
        assert SiteText(site).camera_ids == ["new"]
        assert "# Rules follow." in site.read_text()


def test_secrets_are_for_their_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "cameras.env"
    write_secrets(file, {"A": "it's"})
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text() == "A='it'\\''s'\n"
    with pytest.raises(ConfigError, match="there already"):
        write_secrets(file, {"A": "other"})
