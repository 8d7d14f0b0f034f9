"""The parts of the compounding record, in the order in which an inspector asks for them (R48)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from reportlab.lib.units import mm

from app.desk.record_page import RecordPage
from app.desk.story import TO_LOOK_AT, Told
from app.export.paper_drawing import (
    BODY,
    HEAD,
    SMALL,
    TITLE,
    WARNING,
    Print,
    Symbol,
    bold,
    flow,
    table,
    text,
)
from app.export.proof import COMMAND, Proof
from labels.codes import qr_code

QR_MM = 62
"""Side of the code with its quiet zone: half a millimetre a module, which a desk camera reads."""


def whole_story(page: RecordPage, thumbs: Mapping[str, bytes], proof: Proof, made: Print) -> list[Any]:
    """Return everything between the margins."""
    return [
        text(f"{page.drug} {page.dose}, {page.container}, {page.route}", TITLE),
        _product(page, made),
        text("Dose: ordered, to be made, found", HEAD),
        table([[f"{one.what}: {one.value}", one.note] for one in page.figures], (60, 118), head=False),
        text("Calculations: ordered and expected beside found, with how each number came about", HEAD),
        _numbers(page),
        text("Components", HEAD),
        _components(page),
        text("Checks of quality", HEAD),
        *_quality(page, made),
        text("Near misses, corrections and everything out of the ordinary", HEAD),
        *_unusual(page, made),
        text("Signatures", HEAD),
        *_signatures(page, made),
        text("Photos, with the SHA-256 of each original", HEAD),
        *_photos(page, thumbs, made),
        text("Every event", HEAD),
        _events(page, made),
        text("How to check that this record was not changed", HEAD),
        *_proof(page, proof, made),
    ]


def _product(page: RecordPage, made: Print) -> Any:
    patient = f"{page.patient.name}, {page.patient.number}"
    patient += f", born {page.patient.born}" if page.patient.born else ""
    changed = f"{page.changed}: each is marked CHANGED SINCE FIRST ENTRY" if page.changed else "none"
    rows = [
        ("patient", patient),
        ("internal identification", page.preparation),
        ("strength and form", page.form),
        ("final concentration", _found(page, "final concentration")),
        ("total quantity", page.quantity),
        ("final yield", _yield(page)),
        ("use before", _found(page, "beyond use")),
        ("storage and stability", next((line.wanted for line in page.rows if line.what == "beyond use"), "")),
        ("verified by", ", ".join(dict.fromkeys(line.signer or line.who for line in page.signatures))),
        ("opened", made.time(page.opened)),
        ("compounded", " to ".join(made.time(at) for at in page.compounded)),
        ("released", made.time(page.released) if page.released else ""),
        ("needed by", made.time(page.due)),
        ("state", page.state + (f", outcome {page.outcome}" if page.outcome else "")),
        *page.people,
        ("values changed since first entry", changed),
        ("replaced by", page.replaced_by),
        ("times", f"in {made.zone.key}"),
    ]
    return table([[bold(name), words] for name, words in rows if words], (48, 130), head=False)


def _found(page: RecordPage, what: str) -> str:
    return next((line.found for line in page.rows if line.what == what), "")


INJECTED = ("bag gain", "reservoir, filled")
"""Lines of the weighing of what the syringes were injected into."""


def _yield(page: RecordPage) -> str:
    met = next((line.what for line in page.rows if line.what in INJECTED), "")
    dose, gain, injected = _found(page, "DOSE"), _found(page, met), bool(met)
    if not dose or (injected and not gain):
        return ""
    how = "by volumes read, not weighed" if _found(page, "MADE BY VOLUME") else "by weighed draws"
    return f"1 {page.container}, {dose} {how}" + (f", container gained {gain}" if injected else "")


def _numbers(page: RecordPage) -> Any:
    rows: list[list[Any]] = [[bold(word) for word in ("What", "Ordered, expected", "Found", "Difference", "Limit", "")]]
    for line in page.rows:
        verdict = {True: "inside", False: "OUTSIDE", None: ""}[line.right]
        found: Any = line.found or "-"
        if line.formula and line.found:
            said = (line.formula, line.expanded)
            found = [bold(line.found) if line.strong else text(line.found), *(text(one, SMALL) for one in said if one)]
        what = bold(line.what) if line.strong else line.what
        limit = [text(line.limit), text(f"outside: {line.chance}", SMALL)] if line.chance else line.limit
        rows.append([what, line.wanted, found, line.difference, limit, verdict])
    return table(rows, (28, 36, 52, 20, 29, 13))


def _components(page: RecordPage) -> Any:
    names = ("Name, strength, form", "Vendor, NDC", "Lot", "Expiry", "As", "Weight or volume", "Identified")
    rows: list[list[Any]] = [[bold(word) for word in names]]
    for one in page.components:
        how = one.how if one.fate == "in it" else one.fate
        vendor = [text(one.maker or "vendor not recorded"), *([text(one.ndc, SMALL)] if one.ndc else [])]
        rows.append([one.text, vendor, one.lot, one.expiry, one.role, one.amount or "-", how])
    if not page.components:
        rows.append(["nothing was brought in", "", "", "", "", "", ""])
    return table(rows, (50, 30, 19, 18, 15, 24, 22))


def _quality(page: RecordPage, made: Print) -> list[Any]:
    marks = ("mixed", "scanned on its container")
    looked = [line for line in page.lines if line.kind == "Accepted" and any(mark in line.title for mark in marks)]
    said = [
        f"{made.time(line.at)} {line.title.removeprefix('Accepted: ')}: {line.details[0]} ({line.who})"
        for line in looked
    ]
    said += [
        f"photo {one.number}, {one.expected.title}: judged sharp and well exposed when taken"
        for one in page.photos
        if one.size
    ]
    return [text(one) for one in said or ["none yet"]]


def _unusual(page: RecordPage, made: Print) -> list[Any]:
    lines = [line for line in page.lines if line.mark in TO_LOOK_AT or line.mark == "refused"]
    if not lines:
        return [text("none")]
    rows = [[made.time(line.at), bold(line.mark), _words(line), line.who] for line in lines]
    return [table(rows, (32, 20, 98, 28), head=False)]


def _words(line: Told) -> list[Any]:
    words = [text(line.title)]
    if line.old:
        words.append(text(f"event {line.of_version}: old “{line.old}”, new “{line.new}”"))
    if line.corrected_by:
        events = ", ".join(str(number) for number in line.corrected_by)
        words.append(bold(f"CHANGED SINCE FIRST ENTRY: see event {events}"))
    if line.undone_by:
        words.append(bold(f"CHANGED SINCE FIRST ENTRY: taken back by event {line.undone_by}"))
    return [*words, *(text(one, SMALL) for one in line.details)]


def _signatures(page: RecordPage, made: Print) -> list[Any]:
    if not page.signatures:
        return [text("none yet")]
    rows: list[list[Any]] = [[bold(word) for word in ("Printed name", "Time", "Meaning and proof")]]
    for line in page.signatures:
        meaning = [text(line.title), *(text(one, SMALL) for one in line.details)]
        rows.append([bold(line.signer or line.who), made.time(line.at), meaning])
    return [table(rows, (40, 32, 106))]


def _photos(page: RecordPage, thumbs: Mapping[str, bytes], made: Print) -> list[Any]:
    cells = [
        _photo(one.number, one.sha256, one.expected.title, f"{made.time(one.taken)}, {one.by}", thumbs)
        for one in page.photos
    ]
    if not cells:
        return [text("none")]
    rows = [[*cells[at : at + 3], *[""] * (3 - len(cells[at : at + 3]))] for at in range(0, len(cells), 3)]
    return [table(rows, (59.3, 59.3, 59.3), head=False)]


def _photo(number: int, sha256: str, title: str, taken: str, thumbs: Mapping[str, bytes]) -> list[Any]:
    words = [bold(f"{number} {title}"), text(taken, SMALL), text(f"SHA-256 {sha256}", SMALL)]
    if sha256 not in thumbs:
        return [text("(picture held back, damaged or purged)"), *words]
    picture = flow.Image(io.BytesIO(thumbs[sha256]), width=55 * mm, height=36 * mm, kind="proportional")
    picture.hAlign = "LEFT"
    return [picture, *words]


def _events(page: RecordPage, made: Print) -> Any:
    rows: list[list[Any]] = [[bold(word) for word in ("No.", "Time", "What happened", "Who, where")]]
    for line in page.lines:
        who = [text(line.who), *([text(f"with {line.second}")] if line.second else []), text(line.station, SMALL)]
        rows.append([str(line.version or "-"), made.time(line.at), _words(line), who])
    return table(rows, (9, 32, 106, 31))


def _proof(page: RecordPage, proof: Proof, made: Print) -> list[Any]:
    held = (
        f"{page.version} events. Each carries a digest over itself and all before it; the last is {page.head}, as at the "
        "foot of each page. The events stand in this file's attachment events.jsonl as they were stored."
    )
    if proof.note is None:
        says = "No checkpoint of this site has been signed yet: a rewritten record would not show."
        return [text(held), text(says, WARNING)]
    note = proof.note
    when, by = f"{made.time(note.at)} {made.zone.key}", ", ".join(one.key for one in note.signatures)
    words = [
        text(held),
        flow.Spacer(1, 4),
        text(f"The code holds the newest signed checkpoint: event {note.site_seq} of site {note.site}, {when}."),
        _covers(page, proof),
        text(f"signed with key {by}", SMALL),
        flow.Spacer(1, 4),
        text("To check the record against it: read the code, save its text as a file FOLDER/checkpoint.note, and type"),
        bold(COMMAND),
        text(
            "KEYS is the folder of public keys that quality assurance keeps. The same text is in this file's attachment "
            "checkpoint.note. Exit 0 and “Nothing is wrong” say that the record up to that event is the one that was signed.",
            SMALL,
        ),
    ]
    return [table([[Symbol(qr_code("checkpoint", note.text), QR_MM), words]], (QR_MM + 4, 112), head=False)]


def _covers(page: RecordPage, proof: Proof) -> Any:
    if not proof.fits:
        return text("IT DOES NOT FIT THIS RECORD. Run vialtrace record verify at once, and keep this paper.", WARNING)
    if proof.uncovered == 0:
        return text(f"It covers all {page.version} events of this record.", BODY)
    says = f"The last {proof.uncovered} events of this record came after it. Print again once a newer one is signed."
    return text(says, WARNING)
