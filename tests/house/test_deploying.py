"""What a site installs: the container's steps, compose, the units and the page that explains them hold together."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from app.cli import main
from app.record.place import place_of
from app.settings import Settings, load_settings
from tests.house.tree import ROOT

CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
UNITS = ("vialtrace.service", "vialtrace-signer.service")
PAGE = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")


def steps(stage: str) -> list[tuple[str, str]]:
    """The instructions of a stage of the Containerfile, with their words on one line."""
    text = re.sub(r"\\\n\s*", " ", stage)
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, words.strip()) for name, _, words in lines]


BUILD, FINAL = (
    (steps("FROM" + part) for part in CONTAINER.split("\nFROM")[1:]) if CONTAINER.startswith("#") else ([], [])
)


def test_the_container_runs_as_nobody_with_no_compiler_and_knows_how_it_is() -> None:
    said = dict(FINAL)
    assert said["USER"] == "vialtrace"
    assert [name for name, _ in FINAL].index("USER") > max(i for i, (name, _) in enumerate(FINAL) if name == "RUN")
    installed = " ".join(words for name, words in FINAL if name == "RUN")
    assert not re.search(r"\b(gcc|build-essential|g\+\+|make|git|pip|curl|wget)\b", installed)
    assert "vialtrace" in said["HEALTHCHECK"]
    assert "health" in said["HEALTHCHECK"]
    assert said["CMD"] == '["vialtrace", "serve"]'


def test_q82_the_container_installs_by_hash_from_the_lock_and_then_without_any_index() -> None:
    pips = [words for name, words in BUILD if name == "RUN" and "pip" in words and "uninstall" not in words]
    assert [("--require-hashes" in words, "--no-index" in words) for words in pips] == [
        (True, False), (False, True), (False, True)
    ]  # fmt: skip
    assert "--only-binary :all:" in pips[0]


def test_what_is_copied_into_the_container_holds_no_record_and_no_secret() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "data", ".env", "vialtrace.toml"} <= set(ignored)


def test_compose_keeps_its_rules() -> None:
    services = COMPOSE["services"]
    for name, one in services.items():
        assert {"image"} <= one.keys(), name
        assert not one.keys() - KNOWN, (name, one.keys() - KNOWN)
        assert one["restart"] == "unless-stopped", name
        assert not one.get("privileged"), name
        for needed, how in (one.get("depends_on") or {}).items():
            assert needed in services
            assert how["condition"] in {"service_started", "service_healthy"}
            if how["condition"] == "service_healthy":
                assert needed == "app" or "healthcheck" in services[needed], f"{needed} says nothing of its health"
        for mount in one.get("volumes", []):
            source = mount.rpartition(":ro")[0] or mount
            source = source.rsplit(":", 1)[0]
            assert source in COMPOSE["volumes"] or source.startswith(("./", "${")), mount
        for secret in one.get("secrets", []):
            assert secret in COMPOSE["secrets"]


KNOWN = {
    "image", "build", "network_mode", "depends_on", "environment", "secrets", "volumes", "restart", "read_only", "tmpfs",
    "cap_drop", "cap_add", "security_opt", "stop_grace_period", "healthcheck", "command", "init", "ports",
    "hostname",
}  # fmt: skip


def test_q34_in_compose_nothing_is_spoken_in_clear_beyond_the_machine() -> None:
    services = COMPOSE["services"]
    assert services["database"]["network_mode"] == "none"
    assert services["app"]["network_mode"] == services["proxy"]["network_mode"] == "service:ground"
    assert [name for name, one in services.items() if "ports" in one] == ["ground"]
    assert services["ground"]["ports"] == ["443:8443"]
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    assert "reverse_proxy 127.0.0.1:8000" in caddy
    assert "protocols tls1.2 tls1.3" in caddy
    assert re.findall(r"^(https?)://", caddy, re.MULTILINE) == ["https"]


def test_each_setting_that_a_file_names_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["Containerfile", "compose.yaml", "docs/deploying.md", *(f"deploy/{name}" for name in UNITS)]
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in files)
    named = {name.lower() for name in re.findall(r"VIALTRACE_([A-Z_]+)", text)}
    elsewhere = {"signer", "database_owner_url"}
    assert named - set(Settings.model_fields) - elsewhere == set()
    monkeypatch.chdir(tmp_path)
    given = COMPOSE["services"]["app"]["environment"]
    url = given["VIALTRACE_DATABASE_URL"]
    settings = load_settings(data_dir=tmp_path, database_url=url, behind_proxy=given["VIALTRACE_BEHIND_PROXY"])
    assert place_of(settings) is not None


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_sound_and_runs_a_command_that_exists(unit: str, tmp_path: Path) -> None:
    text = (ROOT / "deploy" / unit).read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=/opt/vialtrace/\.venv/bin/vialtrace (.*)$", text, re.MULTILINE)
    assert started is not None
    words = [word for word in started[1].split() if not word.startswith("-") and not word.isdigit()]
    assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0
    assert re.search(r"^User=vialtrace(-signer)?$", text, re.MULTILINE)
    for asked in ("NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0027"):
        assert asked in text
    if shutil.which("systemd-analyze"):
        here = tmp_path / unit
        here.write_text(
            text.replace("/opt/vialtrace/.venv/bin", str(Path(sys.executable).parent)).replace("Documentation=", "#")
        )
        done = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_signer_has_an_account_of_its_own() -> None:
    server, signer = ((ROOT / "deploy" / name).read_text(encoding="utf-8") for name in UNITS)
    assert "User=vialtrace\n" in server
    assert "User=vialtrace-signer\n" in signer
    assert "ReadWritePaths=/var/lib/vialtrace/data/checkpoints\n" in signer


def test_the_page_names_commands_that_exist() -> None:
    for line in set(re.findall(r"`?vialtrace ((?:db|record|user|health|bench)(?: [a-z]+)?)", PAGE)):
        words = line.split()
        if words[0] != "bench":
            assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0, line


@pytest.mark.soak
def test_the_containers_steps_run_as_a_script_its_command_serves_and_its_health_check_says_so(tmp_path: Path) -> None:
    """Without a container's engine: the build stage's steps in a folder of their own, then what the image starts and asks."""
    home = tmp_path / "opt"
    tree = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    for name in filter(None, tree):
        (home / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, home / "src" / name)
    shutil.copy(ROOT / "requirements.lock", home / "requirements.lock")
    script = ["set -eu", *(words.replace("/opt/vialtrace", str(home)) for name, words in BUILD if name == "RUN")]
    script[1] = f"{sys.executable} -m venv {home}/venv"
    done = subprocess.run(["sh", "-c", "\n".join(script)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("version 0.1.0")
    assert not list((home / "venv").rglob("site-packages/pytest"))
    env = {"PATH": f"{home}/venv/bin:/usr/bin:/bin", "HOME": str(tmp_path), **image_environment(tmp_path / "data")}
    made = subprocess.run(["vialtrace", "db", "upgrade"], env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    asks = json.loads(dict(FINAL)["HEALTHCHECK"].partition("CMD ")[2])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with (tmp_path / "said").open("w") as said:
        serves = [*json.loads(dict(FINAL)["CMD"]), "--port", port]
        server = subprocess.Popen(serves, env=env, cwd=tmp_path, stdout=said, stderr=said)
    try:
        asked = [*asks, "--url", f"http://127.0.0.1:{port}/"]
        for _ in range(120):
            answer = subprocess.run(asked, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
            if answer.returncode == 0 or server.poll() is not None:
                break
            time.sleep(0.5)
        assert (answer.returncode, answer.stdout) == (0, "Ready for work.\n"), (tmp_path / "said").read_text()
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def image_environment(data: Path) -> dict[str, str]:
    """What the image sets, with the folder of the record moved, and the site that a site sets."""
    given = " ".join(words for name, words in FINAL if name == "ENV").split()
    said = dict(one.split("=", 1) for one in given if one.startswith("VIALTRACE_"))
    return said | {"VIALTRACE_DATA_DIR": str(data), "VIALTRACE_SITE_NAME": "Oak", "VIALTRACE_SITE_ZONE": "UTC"}
