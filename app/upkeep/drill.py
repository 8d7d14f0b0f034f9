"""The restore drill: back up as every night, open it again with a key made for the minute, restore it, and compare everything.

The secret keys that open the real backups are not on this machine, so the drill's own archive is encrypted to the site's
recipients and to one throw-away key. Whether somebody still holds the secret keys only `vialtrace db drill --from` can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pyrage

from app.record.backup import BackedUp, CannotDo, Restored, restore
from app.record.place import Place, place_of
from app.settings import Settings, load_settings
from app.upkeep import archive


@dataclass(frozen=True)
class Drilled:
    """A backup that came back."""

    events: int  # in the backup
    preparations: int
    photos: int
    checkpoints: int
    heads: dict[str, int]  # number of each site's last event in the backup
    lost: int  # events that a checkpoint covers and the backup lacks
    seconds: float  # from the first copy to the last comparison

    def as_json(self) -> dict[str, Any]:
        """Return what the commands print; whole seconds are for the record, which knows no fractions."""
        return {
            "events": self.events, "preparations": self.preparations, "photos": self.photos,
            "checkpoints": self.checkpoints, "heads": self.heads, "events_lost": self.lost, "seconds": round(self.seconds, 1),
        }  # fmt: skip


def drill(settings: Settings, at: datetime) -> Drilled:
    """Run the drill in the workroom of the record, and look at the newest real archive; raise CannotDo where it fails."""
    began = monotonic()
    key = pyrage.x25519.Identity.generate()
    with archive.workroom(settings) as work:
        recipients = [*archive.recipients_of(settings.backup_recipients), key.to_public()]
        made = archive.write(settings, work / "out", recipients, at)
        back = bring_back(made.path, [key], work, settings, at)
    if settings.backup_folder is not None and (kept := archive.archives(settings.backup_folder)):
        archive.read(kept[-1][1])
    return compared(made.made, back, monotonic() - began)


def bring_back(
    path: Path, identities: Sequence[Any], work: Path, settings: Settings, at: datetime, why: str = "drill"
) -> Restored:
    """Open an archive and restore it into the workroom."""
    archive.unpack(path, identities, work / "opened")
    there = load_settings(**{**_plain(settings), "data_dir": work / "restored"})
    beside = tuple(folder for folder in [settings.data_dir / "checkpoints"] if folder.is_dir())
    return restore(work / "opened", there, beside, who="system", why=why, at=at)


def _plain(settings: Settings) -> dict[str, Any]:
    """Return what a restored record needs of the settings: nothing of it reaches the live one."""
    return {"site": settings.site, "site_zone": settings.site_zone, "demo": settings.demo, "database_url": "",
            "photos_url": "", "stations": {}, "backup_folder": None}  # fmt: skip


def compared(made: BackedUp, back: Restored, seconds: float) -> Drilled:
    """Raise CannotDo unless what came back is what was backed up."""
    heads = {one.site: one.restored_to for one in back.lost}
    if not back.verdict.ok:
        first = back.verdict.faults[0]
        raise CannotDo(f"the restored record is not whole: {first.where}: {first.says}")
    if heads != dict(made.heads) or back.verdict.photos != made.verdict.photos:
        raise CannotDo(f"the restored record ends elsewhere: {heads} instead of {dict(made.heads)}")
    found = made.verdict
    lost = sum((one.missing_to or one.restored_to) - one.restored_to for one in back.lost)
    return Drilled(found.events, found.preparations, found.photos, found.checkpoints, dict(made.heads), lost, seconds)


def record_of(settings: Settings) -> Place:
    """Return where the record lies, or raise CannotDo where there is none to back up."""
    place = place_of(settings)
    if isinstance(place, Path) and not place.exists():
        raise CannotDo(f"{place} does not exist: there is nothing to back up.")
    return place
