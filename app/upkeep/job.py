"""One long task in a process of its own, so that no request waits for it: `python -m app.upkeep.job backup`, settings on stdin.

Prints one JSON object: what was done, or `{"says": why not}` with exit code 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from app import clock
from app.record.backup import CannotDo
from app.record.engine import CannotOpen
from app.record.keys import KeyTrouble
from app.settings import Settings
from app.upkeep import archive
from app.upkeep.drill import drill, record_of

LONGEST_WORDS = 300
"""Characters of another program's complaint that are kept."""


def backup(settings: Settings) -> dict[str, Any]:
    """Write an archive, hand it to the site's own command, and clear out what is older than the site keeps."""
    if settings.backup_folder is None:
        raise CannotDo("no backup_folder is set.")
    record_of(settings)
    recipients = archive.recipients_of(settings.backup_recipients)
    made = archive.write(settings, settings.backup_folder, recipients, clock.now())
    taken = _take_away(settings, str(made.path))
    removed = _clear_out(settings)
    found = made.made.verdict
    return {
        "archive": made.path.name, "manifest_sha256": made.manifest_sha256, "heads": dict(made.made.heads),
        "events": found.events, "photos": found.photos, "photos_new": made.photos_new, "taken_away": taken, "removed": removed,
    }  # fmt: skip


def _take_away(settings: Settings, path: str) -> bool:
    """Run backup_command; raise CannotDo, with its own words, where it fails."""
    if not settings.backup_command:
        return False
    filled = {"{archive}": path, "{folder}": str(settings.backup_folder)}
    words = [filled.get(word, word) for word in settings.backup_command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise CannotDo(
            f"backup_command cannot be run: {error.strerror}. The archive is here, and nowhere else."
        ) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-LONGEST_WORDS:]
        raise CannotDo(f"backup_command ended with {done.returncode}: {said}. The archive is here, and nowhere else.")
    return True


def _clear_out(settings: Settings) -> int:
    """Remove archives older than backup_keep days, but never the newest three nor the first of a month."""
    kept = archive.archives(settings.backup_folder) if settings.backup_folder else []
    firsts = {f"{at:%Y-%m}": path for at, path in reversed(kept)}.values()
    newest = {path for _, path in kept[-3:]}
    now, count = clock.now(), 0
    for at, path in kept:
        if (now - at).days > settings.backup_keep and path not in firsts and path not in newest:
            manifest = path.with_name(path.name.removesuffix(archive.ENDING) + ".json")
            try:
                for one in (path, manifest.with_suffix(".sig"), manifest):
                    one.unlink(missing_ok=True)
            except OSError:
                break  # a share that only grows: it keeps its own house
            count += 1
    return count


TASKS: dict[str, Callable[[Settings], dict[str, Any]]] = {
    "backup": backup,
    "drill": lambda settings: drill(settings, clock.now()).as_json(),
}
TROUBLE = (CannotDo, CannotOpen, KeyTrouble, OSError)


def main(task: str) -> int:
    """Do one task for the settings on stdin; return the exit code."""
    os.nice(10)
    settings = Settings.model_validate_json(sys.stdin.read())
    try:
        said = TASKS[task](settings)
    except TROUBLE as trouble:
        sys.stdout.write(json.dumps({"says": str(trouble)}))
        return 1
    sys.stdout.write(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
