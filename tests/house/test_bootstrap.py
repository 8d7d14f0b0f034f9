"""Setting up: what is installed, on which system, and what a person without root is told."""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

import bootstrap
from tests.house.tree import ROOT

APT = ["apt-get", "install", "-y"]
SHELL = "chromium-headless-shell"
APT_THAT_KNOWS_ITS_PACKAGES_AFTER_AN_UPDATE = """#!/bin/sh
echo "$@" >> "{log}"
[ "$1" = update ] && touch "{log}.updated"
[ -e "{log}.updated" ]
"""


def script(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_system(monkeypatch):
    """A Debian without venv, zbar or a browser, whose user is root."""
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "zbar_loads", lambda: False)
    monkeypatch.setattr(bootstrap, "rights", list)
    monkeypatch.setattr(bootstrap, "SNAP_CHROMIUM", Path("nowhere"))


def test_a_bare_system_lacks_venv_zbar_and_for_the_tests_a_browser(bare_system, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    venv = f"python3.{sys.version_info[1]}-venv"
    assert bootstrap.missing_system_packages(make_venv=True, browser=True) == [venv, "libzbar0", SHELL]
    assert bootstrap.missing_system_packages(make_venv=False, browser=False) == ["libzbar0"]


def test_a_chromium_from_anywhere_will_do(bare_system, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/{name}")
    assert bootstrap.missing_system_packages(make_venv=False, browser=True) == ["libzbar0"]


def test_debian_installs_in_one_call_and_ubuntu_has_chromium_as_a_snap():
    names = ["libzbar0", SHELL]
    assert bootstrap.commands_for(names, ubuntu=False) == [[*APT, "libzbar0", SHELL]]
    assert bootstrap.commands_for(names, ubuntu=True) == [[*APT, "libzbar0"], ["snap", "install", "chromium"]]
    assert bootstrap.commands_for([SHELL], ubuntu=True) == [["snap", "install", "chromium"]]


def test_apt_is_updated_when_it_does_not_know_the_package(bare_system, monkeypatch, tmp_path, capfd):
    script(tmp_path, "apt-get", APT_THAT_KNOWS_ITS_PACKAGES_AFTER_AN_UPDATE.format(log=tmp_path / "log"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    bootstrap.install_system_packages(["libzbar0"], ubuntu=False)
    install = "install -y libzbar0 -q --no-install-recommends -o DPkg::Lock::Timeout=300"
    assert (tmp_path / "log").read_text().splitlines() == [install, "update", install]


def test_an_apt_that_fails_stops_the_set_up(bare_system, monkeypatch, tmp_path):
    script(tmp_path, "apt-get", "#!/bin/sh\nexit 100\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SystemExit, match="needs these system packages: libzbar0"):
        bootstrap.install_system_packages(["libzbar0"], ubuntu=False)


def test_without_root_or_sudo_one_line_is_given_to_type(monkeypatch):
    monkeypatch.setattr(bootstrap, "rights", lambda: None)
    with pytest.raises(SystemExit) as stop:
        bootstrap.install_system_packages(["libzbar0", SHELL], ubuntu=False)
    assert f"\n\n  sudo apt-get update && sudo apt-get install -y libzbar0 {SHELL}\n" in str(stop.value)


@pytest.mark.parametrize(("answer", "before"), [(0, ["sudo", "-n"]), (1, None)])
def test_sudo_is_used_only_where_it_asks_for_no_password(answer, before, monkeypatch, tmp_path):
    script(tmp_path, "sudo", f'#!/bin/sh\n[ "$*" = "-n true" ] && exit {answer}\n')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    assert bootstrap.rights() == before
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    assert bootstrap.rights() == []


def test_where_there_is_no_apt_the_packages_are_named(bare_system, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="needs these system packages: libzbar0"):
        bootstrap.install_system_packages(["libzbar0"], ubuntu=False)


def test_with_nothing_missing_nothing_is_run(monkeypatch):
    monkeypatch.setattr(bootstrap, "loud", lambda command: pytest.fail(f"ran {command}"))
    bootstrap.install_system_packages([], ubuntu=False)


@pytest.mark.parametrize(("release", "ubuntu"), [("NAME=x\nID=ubuntu\n", True), ("ID=debian\nID_LIKE=ubuntu\n", False)])
def test_ubuntu_is_known_by_its_own_name(release, ubuntu, tmp_path):
    (tmp_path / "os-release").write_text(release)
    assert bootstrap.is_ubuntu(tmp_path / "os-release") is ubuntu
    assert bootstrap.is_ubuntu(tmp_path / "none") is False


def test_a_version_switchers_empty_shim_is_no_python(tmp_path, monkeypatch):
    script(tmp_path, "python3.13", "#!/bin/sh\nexit 127\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert bootstrap.new_enough("python3.13") is False
    assert bootstrap.new_enough("python3.0-not-there") is False
    assert bootstrap.new_enough(sys.executable) is True


def test_an_old_python_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(bootstrap, "FLOOR", (4, 0))
    with pytest.raises(SystemExit, match=r"needs Python 4\.0 or newer; this is 3\."):
        bootstrap.use_a_new_enough_python()


@pytest.fixture
def checkout(tmp_path):
    for name in ("requirements.lock", "pyproject.toml", ".venv/bin/vialtrace"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".venv" / bootstrap.STAMP).write_text(bootstrap.stamp_of(tmp_path))
    return tmp_path


def test_an_unchanged_checkout_needs_nothing(checkout):
    assert bootstrap.stamp_fits(checkout)


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_file_is_installed_again(checkout, changed):
    (checkout / changed).write_text("other")
    assert not bootstrap.stamp_fits(checkout)


def test_an_installation_cut_short_is_not_taken_for_done(checkout, monkeypatch):
    monkeypatch.setattr(bootstrap, "loud", lambda command: False)
    with pytest.raises(SystemExit, match="The same make starts it again"):
        bootstrap.install_python_packages(checkout)
    assert not bootstrap.stamp_fits(checkout)


def test_an_environment_moved_from_elsewhere_or_whose_python_is_gone_is_made_anew(checkout):
    assert bootstrap.venv_stands(ROOT)
    assert not bootstrap.venv_stands(checkout), "it has no python"
    (checkout / ".venv/bin/python").symlink_to(checkout / "removed-by-an-upgrade")
    assert not bootstrap.venv_stands(checkout)
    (checkout / ".venv/bin/python").unlink()
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    (checkout / ".venv" / bootstrap.STAMP).write_text("/elsewhere\n")
    assert not bootstrap.venv_stands(checkout)


@pytest.mark.parametrize("apt", [True, False])
def test_apt_works_beside_pip_and_is_done_before_what_it_brings_is_loaded(checkout, bare_system, monkeypatch, apt):
    monkeypatch.setattr(bootstrap, "missing_system_packages", lambda make_venv, browser: ["libzbar0"])
    monkeypatch.setattr(bootstrap, "rights", list)
    pip_began, done = threading.Event(), []

    def loud(command):
        if "apt-get" in command:
            assert pip_began.wait(30), "pip waited for apt"
        pip_began.set()
        done.append("load" if bootstrap.NATIVE_LIBRARIES in command[-1] else "apt" if "apt-get" in command else "pip")
        return apt or "apt-get" not in command

    monkeypatch.setattr(bootstrap, "loud", loud)
    (checkout / ".venv" / bootstrap.STAMP).unlink()
    with nullcontext() if apt else pytest.raises(SystemExit, match="libzbar0"):
        bootstrap.set_up(checkout, browser=False)
    assert bootstrap.stamp_fits(checkout) is apt
    assert done[-1:] == ["load"] if apt else "load" not in done
