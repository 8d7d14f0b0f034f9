"""Sets vialtrace up on this machine: system packages, .venv, the locked Python packages. Standard library only.

Nothing is done twice: a stamp in .venv names the lock file, pyproject.toml and folder it was made from.
The file parses on old Pythons too, so that they get a sentence instead of a syntax error.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
FLOOR = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
LOCK = "requirements.lock"
STAMP = "setup.stamp"
BROWSERS = ("chromium-headless-shell", "chromium")
"""Commands that the browser tests can drive; the first, Chromium without its windows, takes a third less of the processor."""
SNAP_CHROMIUM = Path("/snap/bin/chromium")
APT_ALONE = ["-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
"""How apt is called with nobody watching: it waits for another apt, and installs no more than is needed."""

NATIVE_LIBRARIES = "cv2, pypdfium2, pyzbar.pyzbar, zxingcpp"
"""Imported once after an installation: each loads a C library that a bare system could lack."""


def main() -> None:
    """Bring this machine to where `.venv/bin/vialtrace` runs, or stop with the one command that is missing."""
    parser = argparse.ArgumentParser(description="Sets vialtrace up in .venv; does nothing when all is in place.")
    parser.add_argument("--browser", action="store_true", help="also see to Chromium, which the browser tests drive")
    wanted = parser.parse_args()
    use_a_new_enough_python()
    with (ROOT / LOCK).open(encoding="utf-8") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # two terminals at once: the second waits, then finds nothing to do
        set_up(ROOT, browser=wanted.browser)
    say("Ready: .venv/bin/vialtrace")


def set_up(root: Path, browser: bool) -> None:
    """Install what is missing: apt, which waits for the disk, beside pip, which keeps one processor busy."""
    fresh = not venv_stands(root)
    missing = missing_system_packages(make_venv=fresh, browser=browser)
    install_system_packages([name for name in missing if name.endswith("-venv")])
    missing = [name for name in missing if not name.endswith("-venv")]
    commands = system_commands(missing)
    with ThreadPoolExecutor(1) as beside:
        system = beside.submit(run_system_commands, commands, missing)
        if fresh:
            make_venv(root)
        if fresh or not stamp_fits(root):
            install_python_packages(root)
            system.result()
            prove(root)
        system.result()


# Python itself


def use_a_new_enough_python() -> None:
    """Carry on, or start again under a newer Python of this machine, or stop and say which one is needed."""
    if sys.version_info[:2] >= FLOOR:
        return
    newer = next(filter(new_enough, NEWER_PYTHONS), None)
    if newer is None:
        sys.exit(
            f"vialtrace needs Python {FLOOR[0]}.{FLOOR[1]} or newer; this is {sys.version.split()[0]}.\n"
            "Debian 12 and 13 and Ubuntu 24.04 bring one. With a Python elsewhere, type: make PYTHON=/path/to/python3 …"
        )
    os.execvp(newer, [newer, *sys.argv])  # noqa: S606  (no shell is wanted)


def new_enough(python: str) -> bool:
    """Tell whether the command exists, runs (a version switcher's shim may not) and is at the floor or above."""
    if shutil.which(python) is None:
        return False
    return quiet([python, "-c", f"import sys; sys.exit(sys.version_info[:2] < {FLOOR})"])


# System packages


def missing_system_packages(make_venv: bool, browser: bool) -> list[str]:
    """Name the packages this system lacks, as apt knows them."""
    names = []
    if make_venv and importlib.util.find_spec("ensurepip") is None:
        names.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if not zbar_loads():
        names.append("libzbar0")
    if browser and not any(map(shutil.which, BROWSERS)) and not SNAP_CHROMIUM.exists():
        names.append(BROWSERS[0])
    return names


def zbar_loads() -> bool:
    """Load the library itself: Debian 12 and 13 name its package differently."""
    try:
        ctypes.CDLL("libzbar.so.0")
    except OSError:
        return False
    return True


def install_system_packages(names: list[str], ubuntu: bool | None = None) -> None:
    """Install them where that needs no password, else stop with the one line to type."""
    run_system_commands(system_commands(names, ubuntu), names)


def system_commands(names: list[str], ubuntu: bool | None = None) -> list[list[str]]:
    """Return what installs them, or stop with the one line to type where this user or system cannot."""
    if not names:
        return []
    commands = commands_for(names, is_ubuntu() if ubuntu is None else ubuntu)
    if rights() is None or any(shutil.which(command[0]) is None for command in commands):
        sys.exit(what_to_type(names, commands))
    return commands


def run_system_commands(commands: list[list[str]], names: list[str]) -> None:
    """Run what installs `names`, with the package lists read anew where they are too old, or stop."""
    prefix = rights() or []
    for command in commands:
        say("Installing: " + " ".join(command))
        install = [*prefix, *command, *(APT_ALONE if command[0] == "apt-get" else [])]
        if not loud(install) and not (loud([*prefix, "apt-get", "update"]) and loud(install)):
            sys.exit(what_to_type(names, commands))


def commands_for(names: list[str], ubuntu: bool) -> list[list[str]]:
    """Write the installation down; Ubuntu has Chromium as a snap only."""
    by_apt = [name for name in names if not (ubuntu and name == BROWSERS[0])]
    return ([["apt-get", "install", "-y", *by_apt]] if by_apt else []) + (
        [["snap", "install", "chromium"]] if len(by_apt) < len(names) else []
    )


def what_to_type(names: list[str], commands: list[list[str]]) -> str:
    """Say what is missing and the one line that cures it, for someone who may type sudo."""
    line = " && ".join(["sudo apt-get update", *("sudo " + " ".join(map(shlex.quote, c)) for c in commands)])
    note = ""
    if BROWSERS[0] in names:
        note = "\nIt is only for the tests; any Chromium that answers to the command `chromium` will do as well."
    wanted = f"vialtrace needs these system packages: {' '.join(names)}"
    return f"{wanted}\nType this, then the same make again:\n\n  {line}\n{note}"


def rights() -> list[str] | None:
    """Return what to put before a command that needs root: nothing, sudo without a password, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and quiet(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def is_ubuntu(release: Path = Path("/etc/os-release")) -> bool:
    """Read the distribution's own name for itself."""
    return release.is_file() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()


# The virtual environment


def venv_stands(root: Path) -> bool:
    """Tell whether .venv runs (an upgraded or removed system Python breaks it) and was made in this very folder."""
    python, stamp = root / ".venv/bin/python", root / ".venv" / STAMP
    if not python.exists() or (stamp.exists() and stamp.read_text(encoding="utf-8").split("\n")[0] != str(root)):
        return False
    return quiet([str(python), "-I", "-c", f"import sys, pip; sys.exit(sys.version_info[:2] < {FLOOR})"])


def make_venv(root: Path) -> None:
    """Make .venv anew with the Python that runs this."""
    say(f"Making .venv with Python {sys.version.split()[0]}")
    if not loud([sys.executable, "-m", "venv", "--clear", str(root / ".venv")]):
        sys.exit(
            f"{sys.executable} could not make a virtual environment in {root / '.venv'}; its own words stand above."
        )


def install_python_packages(root: Path) -> None:
    """Install exactly what the lock names, wheels only, then vialtrace itself from this folder.

    The lock is whole, so pip resolves nothing and its check says if a package is missing. Python compiles what is
    imported when it is imported: most of what the packages bring never is, and compiling it took longer than all else.
    """
    python = str(root / ".venv/bin/python")
    (root / ".venv" / STAMP).unlink(missing_ok=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install"]
    say(f"Installing the Python packages of {LOCK} (about a minute the first time)")
    for command in (
        [*pip, "--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile", "-r", str(root / LOCK)],
        [*pip, "--no-deps", "--no-build-isolation", "-e", str(root)],
        [*pip[:-2], "check"],
    ):
        run_or_stop(command)


def prove(root: Path) -> None:
    """Load what needs the system's own libraries; then stamp .venv, so that nothing of this is done again."""
    run_or_stop([str(root / ".venv/bin/python"), "-I", "-c", f"import {NATIVE_LIBRARIES}"])
    (root / ".venv" / STAMP).write_text(stamp_of(root), encoding="utf-8")


def run_or_stop(command: list[str]) -> None:
    """Run it; where it fails, stop and name it."""
    if not loud(command):
        sys.exit(f"Failed, in its own words above: {shlex.join(command)}\nThe same make starts it again.")


def stamp_fits(root: Path) -> bool:
    """Tell whether the packages in .venv are those of today's lock and pyproject.toml."""
    stamp = root / ".venv" / STAMP
    command = root / ".venv/bin/vialtrace"
    return stamp.exists() and command.exists() and stamp.read_text(encoding="utf-8") == stamp_of(root)


def stamp_of(root: Path) -> str:
    """Return the folder, then one digest a file: what an installation depends on."""
    digests = [hashlib.sha256((root / name).read_bytes()).hexdigest() for name in (LOCK, "pyproject.toml")]
    return "\n".join([str(root), *digests, ""])


# Running and saying


def quiet(command: list[str]) -> bool:
    """Run without a word; True when it succeeded."""
    silent = subprocess.DEVNULL
    return subprocess.run(command, stdin=silent, stdout=silent, stderr=silent, check=False).returncode == 0


def loud(command: list[str]) -> bool:
    """Run with its words shown and nothing to ask on; True when it succeeded."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if command[:2] == ["sudo", "-n"]:  # sudo drops the environment
        command = [*command[:2], "env", "DEBIAN_FRONTEND=noninteractive", *command[2:]]
    return subprocess.run(command, stdin=subprocess.DEVNULL, env=env, check=False).returncode == 0


def say(words: str) -> None:
    """Speak on stderr; stdout is for data."""
    sys.stderr.write(f"setup: {words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
