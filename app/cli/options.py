"""What the commands about the record share: whose folder, which evidence, who types."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import click

from app.record.keys import KeyTrouble, PublicKeys, read_public
from app.record.trust import Evidence, gather
from app.settings import Settings, load_settings

FOLDER = click.Path(path_type=Path, file_okay=False)
data_dir_option = click.option("--data-dir", type=FOLDER, help="Folder of the record, where it is not the one set.")
NOBODY_SIGNED_IN = 2**32 - 1
"""What the kernel says of a process that no sign-in began."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def settings_of(data_dir: Path | None) -> Settings:
    """Return the settings, for another folder of the record where one is named."""
    return load_settings() if data_dir is None else load_settings(data_dir=data_dir, database_url="", photos_url="")


def evidence_of(data_dir: Path, keys: Path | None, elsewhere: tuple[Path, ...]) -> Evidence:
    """Gather the checkpoints beside the record and elsewhere; raise KeyTrouble for folders that hold none."""
    for folder in elsewhere:
        if not folder.is_dir():
            raise KeyTrouble(f"{folder} is not a folder. Name the one with the copies, or leave the option out.")
    folders = (data_dir / "checkpoints", *elsewhere)
    trusted = None if keys is None else trusted_keys(keys)
    return gather(folders, [folder / "keys" for folder in folders], trusted)


def trusted_keys(folder: Path) -> PublicKeys:
    """Read the public keys that somebody else keeps; raise KeyTrouble where there are none."""
    if not folder.is_dir():
        raise KeyTrouble(f"{folder} is not a folder. Name the one with the public keys, or leave the option out.")
    found = read_public(folder)
    if not found.keys:
        raise KeyTrouble(f"{folder} holds no public key (*.pub). `vialtrace record keys` lists them.")
    return found


def account() -> str:
    """Return the account that types, as the machine knows it, whatever the environment says."""
    return f"os/{_named(os.geteuid())}"


def signed_in() -> str:
    """Return the account that signed in to the machine, where the kernel kept it and it is another: behind `sudo`, or empty."""
    try:
        number = int(Path("/proc/self/loginuid").read_text())
    except (OSError, ValueError):
        return ""
    return "" if number in (NOBODY_SIGNED_IN, os.geteuid()) else f"os/{_named(number)}"


def _named(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
