"""What the facts mean: one check each, in the words of whoever has to do something about it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.health.facts import Facts
from app.settings import Settings
from app.upkeep.tasks import Task

State = Literal["good", "look", "stop"]
"""good; look: a person should see to it, work goes on; stop: no work can be done, or none that is kept."""

MB = 1024 * 1024
LEAST_FREE = 200 * MB
"""Bytes of free disk below which no work is begun: the write-ahead log and a day's photos need room."""
LITTLE_FREE = 2048 * MB
"""Bytes below which somebody should make room."""
SILENCE = timedelta(minutes=5)
"""A message that another system has not taken for this long is said on every pharmacist's first page."""
OUTBOX_WAITS = timedelta(minutes=2)
"""A row that is due and that nobody takes for this long: whoever works the outbox is gone."""


MOST_OFF = timedelta(seconds=2)
"""Two clocks that differ by more are not the same time."""


@dataclass(frozen=True)
class Check:
    """One line of the health page."""

    name: str  # one word, as /readyz names it
    title: str  # what it is called on the page
    state: State
    says: str  # what is so, one sentence
    do: str = ""  # what to do about it; empty when all is well
    form: str = ""  # the form that the page offers beside it: confirm clock, or none


@dataclass(frozen=True)
class Health:
    """Every check of one look."""

    at: datetime  # UTC, when it was looked
    checks: tuple[Check, ...]  # in the order of the page

    @property
    def ready(self) -> bool:
        """Whether work can be done."""
        return not any(check.state == "stop" for check in self.checks)

    @property
    def to_look_at(self) -> tuple[Check, ...]:
        """What a person should see to, the worst first."""
        return tuple(sorted((one for one in self.checks if one.state != "good"), key=lambda one: one.state != "stop"))


def judge(facts: Facts, settings: Settings) -> Health:
    """Judge everything that was looked at."""
    return Health(facts.at, tuple(check(facts, settings) for check in CHECKS))


def database(facts: Facts, _settings: Settings) -> Check:
    """The record takes a write and can be read."""
    title = "Record"
    if not facts.database:
        return Check("database", title, "good", "The database takes writes and can be read.")
    do = (
        "Look at the disk: is it full, read-only or failing? Work goes on by itself as soon as a write succeeds. If the file "
        "is damaged, stop the server, keep the file for the inquiry, and restore the last backup (vialtrace db restore)."
    )
    return Check("database", title, "stop", f"Nothing can be saved: {facts.database}.", do)


def migrations(facts: Facts, _settings: Settings) -> Check:
    """The tables are those of this release."""
    title = "Release"
    if not facts.migration:
        return Check("migrations", title, "good", "The database fits this release.")
    do = "Stop the server and start the release that fits, after a backup."
    return Check("migrations", title, "stop", f"The database does not fit: {facts.migration}.", do)


def disk(facts: Facts, _settings: Settings) -> Check:
    """There is room for what is made today."""
    title = "Disk"
    if facts.free_bytes is None:
        return Check("disk", title, "stop", "The folder of the record cannot be looked at.", "Look at the disk.")
    free = f"{facts.free_bytes // MB:,} MB are free on the disk of the record"
    if facts.free_bytes < LEAST_FREE:
        do = "Make room now, or give the disk more space: below this no preparation is begun."
        return Check("disk", title, "stop", f"Only {free}.", do)
    if facts.free_bytes < LITTLE_FREE:
        return Check("disk", title, "look", f"Only {free}.", "Make room, or give the disk more space, this week.")
    return Check("disk", title, "good", f"{free}.")


def printing(facts: Facts, settings: Settings) -> Check:
    """What must follow a commit leaves the house."""
    title = "Labels and messages"
    waits = facts.printing
    if waits.oldest is not None and facts.at - waits.oldest > OUTBOX_WAITS:
        says = f"Labels or messages have waited since {_when(waits.oldest, settings)} and nobody takes them."
        return Check("outbox", title, "stop", says, "Restart the server; if they still wait, call pharmacy IT.")
    if waits.stuck:
        says = f"{waits.stuck} label{'s are' if waits.stuck > 1 else ' is'} stuck."
        do = "Look at the printer or its folder, then press PRINT at the station: the label is tried again."
        return Check("outbox", title, "look", says, do)
    if late := [station for station, since in waits.away if facts.at - since > OUTBOX_WAITS]:
        says = f"Labels wait for the process that has the instruments of {', '.join(late)}."
        return Check("outbox", title, "look", says, "Start that process again; it prints them by itself.")
    if waits.dead:
        says = f"{waits.dead} message{'s were' if waits.dead > 1 else ' was'} refused by the system it was sent to."
        do = "Open the page Messages: send again once the other side has mended it, or dismiss it with a reason."
        return Check("outbox", title, "look", says, do)
    if waits.silent is not None and facts.at - waits.silent > SILENCE:
        says = f"Another system has taken no message since {_when(waits.silent, settings)}."
        return Check(
            "outbox", title, "look", says, "Ask pharmacy IT to look at the connection; nothing is lost meanwhile."
        )
    return Check("outbox", title, "good", "Nothing waits longer than it should.")


def senders(facts: Facts, _settings: Settings) -> Check:
    """Every sender's signed profile is read by."""
    title = "Senders"
    if not facts.unread_senders:
        return Check("senders", title, "good", "Every signed sender profile is read by.")
    says = f"Every message of {', '.join(facts.unread_senders)} is refused: this release does not stand by the signed profile."
    do = "Have orders sent on paper, and open the page Senders: it says what is wrong; two people sign a version without it."
    return Check("senders", title, "look", says, do)


def label_texts(facts: Facts, _settings: Settings) -> Check:
    """Every language's catalogue says all that a label has to."""
    title = "Label texts"
    if not facts.label_texts:
        return Check("label_texts", title, "good", "The texts of every language are whole.")
    says = "; ".join(f"no label is printed in {language}: {why}" for language, why in facts.label_texts)
    english = any(language == "English" for language, _ in facts.label_texts)
    do = "Put the files labels/languages and labels/texts.toml back as this release has them" + (
        ", then start again." if english else "; until then its stations print in English."
    )
    return Check("label_texts", title, "stop" if english else "look", f"{says[0].upper()}{says[1:]}.", do)


def programs(facts: Facts, settings: Settings) -> Check:
    """The tokens by which other programs send orders go on counting."""
    title = "Programs that send"
    if not facts.ending_programs:
        return Check("programs", title, "good", "No token by which a program sends orders ends soon.")
    told = (
        f"{name} {'ended' if ends <= facts.at else 'ends'} on {_when(ends, settings)}"
        for name, ends in facts.ending_programs
    )
    says = f"By these tokens no order comes in from then on: {'; '.join(told)}."
    do = "Renew the licence of who answers for it, or make a new token and give it to the program before that day."
    return Check("programs", title, "look", says, do)


def checkpoint(facts: Facts, settings: Settings) -> Check:
    """What was recorded is signed by a key that this server does not have."""
    title = "Checkpoints"
    if facts.unsigned_since is None:
        says = "Everything recorded so far is signed." if facts.signed_ever else "Nothing has been recorded yet."
        if settings.demo_signer:
            says += " By a demo's throw-away key, which lies beside the record and proves nothing."
        return Check("checkpoint", title, "good", says)
    late = facts.at - facts.unsigned_since > timedelta(minutes=settings.checkpoint_alarm)
    since = _when(facts.unsigned_since, settings)
    if not late:
        return Check(
            "checkpoint", title, "good", f"What was recorded since {since} is signed with the next checkpoint."
        )
    do = (
        "Look whether `vialtrace record sign` runs under its own account, and what it says: it refuses to sign a record "
        "that does not continue what it signed before."
    )
    says = f"Nothing recorded since {since} is signed" if facts.signed_ever else "No checkpoint has ever been made"
    return Check("checkpoint", title, "look", f"{says}: until it is, a rewritten record would not show.", do)


def clock(facts: Facts, settings: Settings) -> Check:
    """Time goes forward, and the same everywhere (Q66, Q74)."""
    title, do = (
        "Clock",
        "Look at the time service of this machine (timedatectl); the time must come from one trusted source.",
    )
    off = facts.database_clock
    if off is not None and abs(off) > MOST_OFF:
        says = f"This machine's clock and the database's differ by {abs(off).total_seconds():.0f} s."
        return Check("clock", title, "stop", says, do)
    mark, last = facts.clock_mark, facts.last_event_at
    if mark is not None and facts.at < mark.latest_at:
        says = (
            f"The clock went back: at {_when(mark.seen_at, settings)} it stood before what had been recorded. Until "
            f"{_when(mark.latest_at, settings)} every deadline is judged by that later time."
        )
        return Check("clock", title, "look", says, f"{do} If it is right now, confirm it below.", "confirm clock")
    if last is not None and last - facts.at > MOST_OFF:
        says = f"The clock stands before the last event, which was recorded at {_when(last, settings)}."
        return Check("clock", title, "look", says, do)
    return Check("clock", title, "good", "Time goes forward.")


def encryption(facts: Facts, settings: Settings) -> Check:
    """Data at rest is encrypted, or the page says it is not (Q35)."""
    title = "Encryption at rest"
    if facts.at_rest:
        return Check("encryption", title, "good", f"The disk of the record is encrypted: {facts.at_rest}.")
    if settings.encryption_at_rest:
        says = f"The site states: {settings.encryption_at_rest} The program cannot see this for itself."
        return Check("encryption", title, "good", says)
    do = (
        "Encrypt the disk (LUKS, or the storage's own encryption). Where that is done already and this machine cannot tell, "
        "say how in the setting encryption_at_rest."
    )
    return Check("encryption", title, "look", "THE RECORD AND PHOTOS ARE NOT ENCRYPTED ON THIS DISK.", do)


def backup(facts: Facts, settings: Settings) -> Check:
    """There is a good backup, young enough and elsewhere (Q76)."""
    title = "Backup"
    if facts.on_server and settings.backup_folder is None:
        return _backup_of_a_server(title)
    if settings.backup_folder is None:
        do = "Set backup_folder and backup_recipients (docs/deploying.md), or back up by `vialtrace db backup` every day."
        return Check("backup", title, "look", "NO BACKUP IS SET UP: a broken disk loses the record.", do)
    late = _late(facts.backup, facts.at, timedelta(hours=settings.backup_every), "backup", settings)
    if late:
        return Check(
            "backup", title, "look", late, "Make it work today: look at the folder, its disk and backup_command."
        )
    if not settings.backup_command and not facts.backups_elsewhere:
        do = "Set backup_command to take each backup to another machine, or write backup_folder on a share."
        return Check("backup", title, "look", "Backups are made, but they stay on this machine.", do)
    return Check(
        "backup", title, "good", f"The last good backup is of {_when_good(facts.backup, settings)}, encrypted."
    )


def _backup_of_a_server(title: str) -> Check:
    says = "The database is a server, and only its own base backups and archived log are the backup: they are not seen from here."
    do = "See that they are made, verified and restored; set backup_folder for a copy that this program makes and tries itself."
    return Check("backup", title, "look", says, do)


def drill(facts: Facts, settings: Settings) -> Check:
    """A backup was restored by way of trial, not long ago (Q75, Q76)."""
    title = "Restore drill"
    if settings.backup_folder is None or not settings.drill_every:
        do = "Restore a backup on another machine by `vialtrace db drill --from`, at least every quarter."
        return Check(
            "drill", title, "look", "No restore drill is set up: nobody knows whether a backup comes back.", do
        )
    late = _late(facts.drill, facts.at, timedelta(days=settings.drill_every), "restore drill", settings)
    if late:
        return Check("drill", title, "look", late, "Find out why before you need a backup; tell quality assurance.")
    found = facts.drill.facts
    says = f"On {_when_good(facts.drill, settings)} a backup came back whole: {found.get('events', 0)} events, "
    return Check("drill", title, "good", f"{says}{found.get('photos', 0)} photos, in {found.get('seconds', '0')} s.")


def _late(task: Task, at: datetime, every: timedelta, what: str, settings: Settings) -> str:
    """Say what is wrong with a task: it failed, or its last good end is too long ago; empty when all is well."""
    if task.good_at is None:
        return f"There has been no good {what} yet." + (f" The last try failed: {task.says}" if task.says else "")
    if task.says:
        return f"The last {what} failed: {task.says} The last good one is of {_when(task.good_at, settings)}."
    if at - task.good_at > every * 3 / 2:
        return f"The last good {what} is of {_when(task.good_at, settings)}: too long ago."
    return ""


def _when_good(task: Task, settings: Settings) -> str:
    return _when(task.good_at, settings) if task.good_at else "no day"


def _when(at: datetime, settings: Settings) -> str:
    return at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")


CHECKS: tuple[Callable[[Facts, Settings], Check], ...] = (
    database,
    migrations,
    disk,
    printing,
    senders,
    label_texts,
    programs,
    checkpoint,
    backup,
    drill,
    clock,
    encryption,
)
"""What is judged, in the order of the page."""
