"""The register of the pumps' drug library at a desk: what each pump is set by; a line is part of the next policy version (G32).

A line is written here by a pharmacist and signed by the nurse who read it on the pump beside them. It counts once two people have
signed that version of the site's policy: of the same draft, on the page of the policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import beginning
from app.catalogue import policies as book
from app.catalogue.hazards import Acting
from app.catalogue.policies import Draft, NotWrittenError, Version
from app.people.signing import SignRefused
from app.record import canonical, codec
from app.web import desk
from app.web.house import house
from app.web.policy_form import NUMBER
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import written
from workflows.circumstances import Actor
from workflows.pump_register import entered, withdrawn
from workflows.recipe import DEFAULT_POLICY, LibraryEntry, Policy

pump_library = Blueprint("pump_library", __name__)

READS = ("pharmacist", "qa", "lead_technician", "technician", "informatics")
WRITES = ("pharmacist",)
READ_ON_PUMP = "read on the pump"
"""What a nurse says by their signature."""
Changed = Callable[[tuple[LibraryEntry, ...]], tuple[LibraryEntry, ...]]
"""What is made of a register's lines."""
NUMBERS = (
    ("least_mg_ml", "Lowest concentration, mg/mL"),
    ("most_mg_ml", "Highest concentration, mg/mL"),
    ("most_ml_h", "Fastest rate, mL/h"),
)
"""Fields of a line that are numbers, and their words."""
WORDS = (
    ("drug", "Generic name, in lower case"),
    ("entry", "Entry id, as the pump shows it"),
    ("version", "Version, as the pump shows it"),
)
"""Fields of a line that are words."""


@dataclass(frozen=True)
class Read:
    """A line that a nurse has read on the pump and signed for."""

    line: LibraryEntry
    """Without any name."""
    nurse: Actor
    """Who."""


@dataclass(frozen=True)
class Line:
    """One line of the register."""

    entry: LibraryEntry
    """What it says."""
    state: str
    """What the draft makes of it, in words; empty where it stays as it is."""


@dataclass(frozen=True)
class RegisterPage:
    """The register."""

    counts: Version | None
    """The policy version that counts today; None where nobody has signed one."""
    lines: tuple[Line, ...]
    """What counts now, and what the draft brings, by drug and id."""
    draft: Draft | None
    """The policy draft that changes the register, with its day and its signatures; None where none does."""
    words: tuple[tuple[str, str], ...]
    """The form's fields of words."""
    numbers: tuple[tuple[str, str], ...]
    """The form's fields of numbers."""
    given: Mapping[str, str]
    """What they hold."""
    says: str
    """Why a line was not kept."""
    may_write: bool
    """The viewer may write a line."""


@pump_library.get("/pump-library")
@right(*READS)
def show() -> ResponseReturnValue:
    return _page()


@pump_library.post("/pump-library/enter")
@right(*WRITES)
def enter() -> ResponseReturnValue:
    """Write a line into the draft of the site's policy: a new one, or another version of one that is there.

    The nurse who read it on the pump beside the pharmacist signs for it with badge and PIN.
    """
    line = _read()
    if isinstance(line, str):
        return _refused(line)
    second = desk.cosign(READ_ON_PUMP, digest_of(line))
    if isinstance(second, SignRefused):
        return _refused(second.says)
    nurse, _ = second
    if says := no_nurse(nurse):
        return _refused(says)
    return _kept(lambda old: entered(old, replace(line, nurse=nurse.name)), Read(line, nurse))


@pump_library.post("/pump-library/withdraw")
@right(*WRITES)
def withdraw() -> ResponseReturnValue:
    """Write a draft of the site's policy without a line."""
    drug, entry = request.form.get("drug", ""), request.form.get("entry", "")
    return _kept(lambda old: withdrawn(old, drug, entry))


def _read() -> LibraryEntry | str:
    """Return the line that the form says, or why it says none."""
    said = {name: request.form.get(name, "").strip() for name, _ in (*WORDS, *NUMBERS)}
    for name, words in NUMBERS:
        if NUMBER.fullmatch(said[name]) is None:
            return f"{words}: write a number, as 50 or 0.5."
    least, most, rate = (Decimal(said[name]) for name, _ in NUMBERS)
    return LibraryEntry(said["entry"], said["version"], said["drug"], least, most, rate, "", "")


def digest_of(line: LibraryEntry) -> str:
    """Return what a nurse signs for a line, without any name in it."""
    return hashlib.sha256(canonical.dump(codec.encode(replace(line, pharmacist="", nurse="")))).hexdigest()


def no_nurse(who: Actor) -> str:
    """Say why somebody does not sign a line as nurse; empty where they do."""
    return (
        ""
        if "nurse" in who.roles
        else f"{who.name} is no nurse of this site. A nurse reads the line on the pump and signs."
    )


def drafted(act: Acting, changed: Changed, effective_on: date, why: str, read: Read | None = None) -> str:
    """Keep the draft of the site's policy with its register changed, and return its digest. Raises NotWrittenError.

    `read` is the line that a nurse has signed for; it stands in the site's own stream with their id.
    """
    open_one, known = book.open_draft(act.conn, act.settings.site), book.versions(act.conn, act.settings.site)
    base = open_one.policy if open_one else known[0].policy if known else _proposed()
    digest = book.keep(act, replace(base, pump_library=changed(base.pump_library)), effective_on, why).digest
    if read is not None:
        said = {"line": codec.encode(read.line), "nurse": read.nurse.name, "over": digest_of(read.line)}
        act.write("pump_line_read", said, second=read.nurse.id)
    return digest


def _kept(changed: Changed, read: Read | None = None) -> ResponseReturnValue:
    try:
        day = date.fromisoformat(request.form.get("effective_on", "").strip())
    except ValueError:
        return _refused("Write the day from which it counts as 2027-06-30.")
    says = written(lambda act: drafted(act, changed, day, request.form.get("why", ""), read), NotWrittenError)
    return _refused(says) if says else redirect(url_for("pump_library.show"), 303)


def _proposed() -> Policy:
    return replace(DEFAULT_POLICY, zone=house().settings.zone.key)


def _refused(says: str) -> Response:
    return _page(says, 422)


def _page(says: str = "", status: int = 200) -> Response:
    rooms, at = house(), visit().at
    with rooms.store.reading() as conn:
        known, open_one = book.versions(conn, rooms.settings.site), book.open_draft(conn, rooms.settings.site)
    counts = next((one for one in known if one.effective_from <= at), None)
    newest = known[0].policy.pump_library if known else ()
    changes = open_one if open_one and open_one.policy.pump_library != newest else None
    day = open_one.effective_on if open_one else beginning.first_day(known, at, rooms.settings.zone)
    shown = RegisterPage(
        counts=counts,
        lines=_lines(counts.policy.pump_library if counts else (), changes.policy.pump_library if changes else None),
        draft=changes,
        words=WORDS,
        numbers=NUMBERS,
        given={"effective_on": day.isoformat(), **(desk.form_fields() if says else {})},
        says=says,
        may_write=bool(signed_in()[0].roles & set(WRITES)),
    )
    return make_response(render_template("pump_library.html", page=shown) if wants_page() else jsonify(shown), status)


def _lines(now: tuple[LibraryEntry, ...], then: tuple[LibraryEntry, ...] | None) -> tuple[Line, ...]:
    """Return what counts and what the draft brings beside it, by drug and id."""
    if then is None:
        return tuple(Line(one, "") for one in now)
    names = {(one.drug, one.entry) for one in now}
    kept = {(one.drug, one.entry): one for one in then}
    old = [Line(one, _becomes(one, kept.get((one.drug, one.entry)))) for one in now]
    new = [Line(one, "new" if name not in names else "in the draft") for name, one in kept.items() if one not in now]
    return tuple(sorted((*old, *new), key=lambda line: (line.entry.drug, line.entry.entry, line.state)))


def _becomes(one: LibraryEntry, after: LibraryEntry | None) -> str:
    if after is None:
        return "withdrawn by the draft"
    return "" if after == one else "changed by the draft"
