"""Evidence and places in plain words: what was scanned, weighed, pictured, confirmed, printed, signed."""

from __future__ import annotations

from app.preparations import workflow_of
from app.stations.pictures import NOT_READ
from labels import LANGUAGES
from labels.language import catalogue
from workflows.evidence import (
    CabinetCode,
    Confirmation,
    Container,
    CoSignature,
    Count,
    Evidence,
    Found,
    LabelCode,
    Photo,
    PictureCode,
    Printed,
    Programme,
    Scan,
    Signature,
    VolumeRead,
    Weighing,
)
from workflows.instructions import instruction
from workflows.preparation import Preparation
from workflows.rules.counting import TRAY
from workflows.wording import amount, letter

SIGNED = {
    "verify": "order verification",
    "premix": "pre-mix approval",
    "approve": "final check",
}
"""Slots that a pharmacist fills, as a sentence names them."""


def slot_words(p: Preparation, name: str) -> str:
    """Return what a slot is about, as its screen names it: vial A, syringe 1 full, the bag after injection."""
    step, _, unit = name.partition(":")
    number = int(unit) if unit.isdigit() else 0
    said = {
        "recon-before": f"vial {letter(number)} before diluent",
        "recon-after": f"vial {letter(number)} with diluent",
        "recon-mixed": f"vial {letter(number)} mixed",
        "syringe-empty": f"syringe {number} empty",
        "syringe-full": f"syringe {number} filled",
        "syringe-used": f"syringe {number} emptied",
        "syringe-new": f"syringe {number}, new",
        "syringe-photo": f"syringe {number}, at its mark",
        "syringe-read": f"syringe {number}, read by a second person",
        "bag-mixed": "injection into the bag",
        "vial-before": f"vial {letter(number)} before the draw",
        "vial-look": f"vial {letter(number)}, opened before, looked at",
        "vial-opened": f"vial {letter(number)}, opened before, as it was kept",
        "vial-after": f"vial {letter(number)} after the draw",
        "bag-before": "bag before injection",
        "bag-after": "bag after injection",
        "fluid-empty": f"diluent syringe {number} empty",
        "fluid-full": f"diluent syringe {number} filled",
        "reservoir-empty": "reservoir before it was filled",
        "reservoir-full": "reservoir filled",
        "programme": "pump programme, as set",
        "programme-check": "pump programme, read by a second person",
        "label-print": "final label printed",
        "label-scan": "final label scanned on its container",
        **SIGNED,
    }
    if step in said:
        return said[step]
    slot = next((one for one in workflow_of(p).slots(p) if one.name == name), None)
    return instruction(p, slot).name if slot else name


def step_words(p: Preparation, name: str) -> str:
    """Return what a step is called, of which a preparation may have several slots: finished bag, vial A with diluent."""
    slot = next((one.name for one in workflow_of(p).slots(p) if one.step.name == name), name)
    return slot_words(p, slot)


def found_words(found: Found) -> str:
    """Return what the catalogue made of a code."""
    if isinstance(found, Container):
        known = [found.text, found.ndc and f"NDC {found.ndc}", f"lot {found.lot or 'unknown'}"]
        known.append(f"expires {found.expiry:%Y-%m-%d}" if found.expiry else "expiry unknown")
        known.append(f"{found.left:,} left in it" if found.left is not None else "")
        known.append(f"RECALLED {found.recalled}" if found.recalled else "")
        return ", ".join(word for word in known if word)
    if isinstance(found, CabinetCode) and found.category == TRAY:
        return f"counting tray {found.code}"
    if isinstance(found, CabinetCode):
        until = f"certified until {found.certified_until:%Y-%m-%d}" if found.certified_until else "not certified"
        return f"cabinet {found.code}, {until}, category {found.category}"
    if isinstance(found, LabelCode):
        kind = "final" if found.label_kind == "final" else "in-process"
        return f"{kind} label {found.label_id}, copy {found.copy}{', void' if found.void else ''}"
    return found.what


HOW = {"serial": "station's scanner", "wedge": "tablet's scanner", "camera": "camera", "typed": "TYPED with a witness"}


def evidence_words(evidence: Evidence) -> tuple[str, ...]:
    """Return a piece of evidence in one or a few short sentences; the first says the most."""
    if isinstance(evidence, Scan):
        return (found_words(evidence.found), f"{HOW[evidence.how]}, code {evidence.raw}")
    if isinstance(evidence, Weighing):
        return _weighing(evidence)
    if isinstance(evidence, Photo):
        size = f"{evidence.width} x {evidence.height} pixels, {evidence.verdict}"
        why = f": {', '.join(evidence.why)}" if evidence.why else ""
        return (f"{size}{why}", *(f"shows {one}" for one in picture_codes(evidence)), f"SHA-256 {evidence.sha256}")
    if isinstance(evidence, Confirmation):
        return (evidence.item,)
    if isinstance(evidence, Count):
        return (f"{evidence.number:,} counted {evidence.how}",)
    if isinstance(evidence, Programme):
        return programme_words(evidence)
    if isinstance(evidence, VolumeRead):
        return (f"{amount(evidence.volume_ml)} mL read off its scale",)
    if isinstance(evidence, Printed):
        kind = "final" if evidence.label_kind == "final" else "in-process"
        tongue = f", in {catalogue(evidence.language).name}" if evidence.language in LANGUAGES else ""
        return (f"{kind} label {evidence.label_id}, copy {evidence.copy}, by {evidence.printer}{tongue}",)
    return signature_words(evidence)


def programme_words(one: Programme) -> tuple[str, ...]:
    """Return what a pump showed, as it was typed (R55)."""
    runs = f"{amount(one.rate_ml_h)} mL/h for {amount(one.hours)} h, reservoir {amount(one.reservoir_ml)} mL"
    return (runs, f"library entry {one.entry}, version {one.version}, {'locked' if one.locked else 'NOT LOCKED'}")


def picture_codes(photo: Photo) -> tuple[str, ...]:
    """Return what each code in a photo is, and whether it is of this preparation (R24); of before they were kept, nothing."""
    if photo.codes == ():
        return ("no code that could be read",)
    return tuple(_seen(one) for one in photo.codes or ())


def _seen(code: PictureCode) -> str:
    if code == NOT_READ:
        return code.what
    return f"{code.what}{': as scanned' if code.known else ': not scanned here'}"


def _weighing(w: Weighing) -> tuple[str, ...]:
    mode = {"stable": "settled", "averaged": "AVERAGED: the balance did not settle", "unstable": "NOT SETTLED"}
    zero = f", empty pan {w.zero_g} g" if w.zero_g is not None else ", pan never seen empty"
    lines = [f"{w.g} g, {mode.get(w.mode, 'TYPED by hand')}", f"balance {w.balance}{zero}, in {w.settled_in_s} s"]
    return (*lines, *(f"balance said {line!r}" for line in w.raw))


def cosigned_words(one: CoSignature) -> str:
    """Return a second person's signature in one line: name, licence, meaning, how identity was proved, when, over what."""
    licence = f", licence {one.licence}" if one.licence else ""
    parts = "two components" if one.components == 2 else "one component"
    return (
        f"second signature: {one.name}{licence}: {one.meaning}; {one.method}, {parts}; "
        f"{one.at:%Y-%m-%d %H:%M:%S} UTC; over record digest {one.over}"
    )


def signature_words(one: Signature) -> tuple[str, ...]:
    """Return a signature as every printout shows it: name, meaning, how identity was proved (R52)."""
    parts = "two components" if one.components == 2 else "one component"
    method = "passkey, which recognised who used it" if one.method == "passkey" else one.method
    lines = [f"{one.name}: {one.meaning}", f"licence {one.licence or 'none'}; {method}, {parts}"]
    if one.photos_seen:
        lines.append(f"{len(one.photos_seen)} photos seen: " + ", ".join(sha[:12] for sha in one.photos_seen))
    if one.accepts:
        lines.append("typed codes accepted: " + ", ".join(one.accepts))
    return (*lines, f"over record digest {one.over}")
