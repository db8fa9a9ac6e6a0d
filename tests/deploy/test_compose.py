"""The Compose file, checked without Docker: what it names is there, and nothing is open or secret that must not be."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.load import find_mistakes, load_site
from tests.deploy.shipped import ACCESS, COMPOSE, ROLES, ROOT, SITE, committed, compose, dockerfile, parsed, services

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMES = sorted(services())
STAND_IN = "postgresql://pantau:"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Passwords as the administrator makes them."""
    folder = tmp_path / "secrets"
    subprocess.run([COMPOSE / "make-secrets", folder], check=True, capture_output=True)
    return folder


def volumes(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for line in service.get("volumes", ()):
        source, target, *_ = line.split(":")
        yield source, target


def commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in services().items():
        if service["image"].startswith("pantau:"):
            yield name, service["command"]


def test_there_is_a_service_for_every_role() -> None:
    roles = {name: parsed(command)[1]["role"] for name, command in commands() if command[0] == "run"}
    assert roles == {role: role for role in ROLES}


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_the_program_takes_every_command(name: str, command: list[str]) -> None:
    _, parameters = parsed(command)
    assert parameters["config"] == Path("/etc/pantau/city.yaml")
    assert ("./site", "/etc/pantau") in volumes(services()[name])


@pytest.mark.parametrize("name", NAMES)
def test_everything_a_service_names_is_there(name: str) -> None:
    document, service = compose(), services()[name]
    assert set(service.get("secrets", ())) <= set(document["secrets"])
    assert set(service.get("networks", ())) <= set(document["networks"])
    for other, how in service.get("depends_on", {}).items():
        assert other in document["services"]
        assert how["condition"] in {"service_started", "service_healthy", "service_completed_successfully"}
        if how["condition"] == "service_healthy":
            assert "test" in document["services"][other]["healthcheck"]
        if how["condition"] == "service_completed_successfully":
            assert document["services"][other]["restart"] == "no"
    mode = service.get("network_mode", "")
    assert bool(mode) != bool(service.get("networks"))
    assert mode == "" or mode.removeprefix("service:") in document["services"]
    for source, _ in volumes(service):
        if source.startswith("."):
            assert (COMPOSE / source).exists()
        else:
            assert source in document["volumes"]


def test_nothing_waits_in_a_circle() -> None:
    waiting = {name: set(service.get("depends_on", ())) for name, service in services().items()}
    while waiting:
        ready = {name for name, others in waiting.items() if not others & set(waiting)}
        assert ready, waiting
        waiting = {name: others for name, others in waiting.items() if name not in ready}


def test_nothing_that_is_declared_is_left_unused() -> None:
    document = compose()
    used = services().values()
    assert set(document["secrets"]) == {name for service in used for name in service.get("secrets", ())}
    assert set(document["networks"]) == {name for service in used for name in service.get("networks", ())}
    assert set(document["volumes"]) == {
        source for service in used for source, _ in volumes(service) if not source.startswith(".")
    }


def test_what_is_published_is_on_loopback_and_leads_to_a_listener() -> None:
    published = [(name, port) for name, service in services().items() for port in service.get("ports", ())]
    assert published == [("mosquitto", "127.0.0.1:1883:1884"), ("door", "127.0.0.1:8080:8081")]
    assert "\nlistener 1884\n" in (COMPOSE / "mosquitto.conf").read_text()
    assert " listen 8081;" in (COMPOSE / "door.conf").read_text()


def test_the_database_cannot_be_reached_from_outside_nor_reach_out() -> None:
    assert services()["timescaledb"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", NAMES)
def test_no_password_stands_in_the_file(name: str) -> None:
    for variable, value in services()[name].get("environment", {}).items():
        if re.search(r"PASS|SECRET|TOKEN|KEY|URL", variable):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in services()[name]["secrets"]
    for secret in compose()["secrets"].values():
        assert set(secret) == {"file"}
        assert secret["file"].startswith("secrets/")
        assert f"deploy/compose/{secret['file']}" not in committed()


def test_secrets_are_never_committed_by_accident() -> None:
    assert "/deploy/compose/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert "secrets" not in (COMPOSE / "Dockerfile.dockerignore").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_what_dies_comes_back_and_says_how_it_is(name: str) -> None:
    service = services()[name]
    if name == "prepare":
        assert (service["restart"], service["healthcheck"]) == ("no", {"disable": True})
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_health_check_asks_a_port_that_the_role_opens(name: str) -> None:
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", services()[name]["healthcheck"]["test"][-1])
    assert asked is not None
    if name == "web":
        assert asked.groups() == ("8080", "/healthz")
    else:
        assert asked.groups() == (str(parsed(services()[name]["command"])[1]["metrics_port"]), "/metrics")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "timescaledb"])
def test_containers_of_ours_are_not_root_and_hold_nothing_but_their_volumes(name: str) -> None:
    service = services()[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    if "build" in service:
        stage = service["build"]["target"]
        start = next(i for i, words in enumerate(dockerfile()) if words[0] == "FROM" and words[-1] == stage)
        stage_users = []
        for words in dockerfile()[start + 1 :]:
            if words[0] == "FROM":
                break
            if words[0] == "USER":
                stage_users.append(words[1])
        assert stage_users == ["10001:10001"]
    else:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


def test_every_image_has_a_tag() -> None:
    stages = {words[-1] for words in dockerfile() if words[0] == "FROM"}
    named = [service["image"] for service in services().values()] + [
        words[1] for words in dockerfile() if words[0] == "FROM"
    ]
    for image in named:
        assert re.search(r":\d[\w.-]*$", image), image
    assert {service["build"]["target"] for service in services().values() if "build" in service} <= stages
    ours = {image for image in named if image.startswith("pantau")}
    assert ours == {f"pantau:{PROJECT['version']}", f"pantau-broker:{PROJECT['version']}"}


def test_the_image_has_everything_that_is_copied_and_every_package() -> None:
    known = committed()
    copied = [source for words in dockerfile() if words[0] == "COPY" for source in words[1:-1]]
    ignored = (COMPOSE / "Dockerfile.dockerignore").read_text().splitlines()
    let_through = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    ours = [source for source in copied if not source.startswith(("/", "--"))]
    for source in ours:
        assert source in known or any(name.startswith(f"{source}/") for name in known), source
        assert any(source == name or source.startswith(f"{name}/") for name in let_through), source
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= set(ours)


def test_the_image_installs_what_the_lock_file_pins() -> None:
    installs = [
        " ".join(words) for words in dockerfile() if words[0] == "RUN" and "install" in words and "pip" in words[1]
    ]
    assert len(installs) == 2
    assert "--require-hashes -r requirements/runtime.txt" in installs[0]
    assert "--no-deps --no-build-isolation ." in installs[1]


def test_the_site_file_is_good_with_the_secrets_that_are_made(secrets: Path) -> None:
    environ = {"PANTAU_SECRETS": str(secrets)}
    assert find_mistakes(SITE, environ) == []
    site = load_site(SITE, environ)
    assert site.database.url is not None
    assert site.database.url.get_secret_value().startswith(STAND_IN)
    assert (secrets / "database_password").read_text() in site.database.url.get_secret_value()
    assert site.broker.host in services()
    assert "@timescaledb:5432/pantau" in site.database.url.get_secret_value()
    assert site.data_dir == Path("/var/lib/pantau")


def test_secrets_once_made_stay(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    assert set(before) == set(compose()["secrets"])
    subprocess.run([COMPOSE / "make-secrets", secrets], check=True, capture_output=True)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before
    assert all(file.stat().st_mode & 0o077 == 0 for file in secrets.iterdir())


def test_ingest_and_the_broker_mean_the_same_access_files(secrets: Path) -> None:
    site = load_site(SITE, {"PANTAU_SECRETS": str(secrets)})
    assert site.broker.files is not None
    prepared = parsed(services()["prepare"]["command"])[1]
    assert (prepared["passwords"], prepared["acl"]) == (site.broker.files.passwords, site.broker.files.acl)
    conf = (COMPOSE / "mosquitto.conf").read_text()
    assert conf.count(f"\npassword_file {site.broker.files.passwords}\n") == 2
    assert conf.count(f"\nacl_file {site.broker.files.acl}\n") == 2
    assert f"\nlistener {site.broker.port}\n" in conf
    for name in ("prepare", "ingest", "mosquitto"):
        assert ("access", ACCESS) in volumes(services()[name])
