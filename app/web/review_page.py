"""What the review page shows: one frozen value, which is also its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.desk import claims
from app.desk.amending import Choice
from app.desk.evidence_words import evidence_words, slot_words
from app.desk.judging import Judgement
from app.desk.names import name_of
from app.desk.patients import Patient
from app.desk.read_first import AT_ONCE, to_read
from app.desk.readings import readings_of
from app.desk.sent_messages import Sent
from app.desk.shown import ROUTES, Figure, Shown, assurance, figures_of, people_of, photos_of
from app.desk.story import Told
from app.preparations import workflow_of
from workflows.by_volume import ByVolume
from workflows.doses import with_dose
from workflows.lines import Line
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.sheet import sheet
from workflows.status import status
from workflows.trials import shown_drug
from workflows.wording import amount


@dataclass(frozen=True)
class Row:
    """One line of the table, and whether it changed since the page that was refused."""

    line: Line
    """What was expected and found."""
    changed: bool
    """It reads differently than the person saw it."""
    readings: tuple[str, ...] = ()
    """The balance's own readings behind it, each with its time."""


@dataclass(frozen=True)
class Typed:
    """A code that was typed by hand and waits to be accepted (R19)."""

    slot: str
    """The slot, as the signature names it."""
    what: str
    """What it is about."""
    says: str
    """What was typed and what the catalogue made of it."""
    photo: int
    """Number of its photo in this review; 0 where it has none."""


@dataclass(frozen=True)
class Signing:
    """What the signature dialog shows and what a refused one brings back."""

    name: str
    """Printed name of the signer."""
    licence: str
    """Licence number."""
    both: bool
    """User name is asked for beside the password."""
    method: str
    """password, or badge and PIN."""
    command_id: str
    """Minted with the page; one form, one command."""
    says: str = ""
    """Why the last attempt was refused."""
    dialog: str = ""
    """Which dialog to open again: sign, reject, hold, resume, answer."""
    given: Mapping[str, str] | None = None
    """What was filled in; never a secret."""
    seen: tuple[str, ...] = ()
    """Photos already seen on the page that was refused."""
    accepts: tuple[str, ...] = ()
    """Typed codes already ticked there."""
    cannot: str = ""
    """Why this person cannot sign at all, and what to do; empty where they can."""
    by_passkey: bool = False
    """An approval is signed by passkey here, not by password."""
    no_passkey: str = ""
    """Why this person cannot sign by passkey on this page."""


@dataclass(frozen=True)
class Place:
    """Another site, of whose preparation the page is."""

    site: str
    """Its code."""
    name: str
    """Its name."""
    zone: str
    """Zone of the times on the page."""
    no_pictures: str
    """Why it cannot be signed here for want of pictures; empty where they can be read."""


@dataclass(frozen=True)
class ReviewPage:
    """The whole page."""

    preparation: str
    version: int
    """Of the preparation as shown."""
    head: str
    """Digest of its last event, hex: what a signature is over (Q26)."""
    state: str
    """In a word."""
    patient: Patient
    drug: str
    dose: str
    container: str
    route: str
    stat: bool
    due: datetime
    look: tuple[Told, ...]
    """What went wrong or is unusual, the gravest first."""
    at_once: int
    """How many of these stand open; the others are one press away."""
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]
    """The dose: ordered, prescribed, found."""
    assurance: str
    """How likely the true dose is outside its limit; empty while it is not weighed."""
    people: tuple[tuple[str, str], ...]
    """Who, where, with what: caption and words."""
    photos: tuple[Shown, ...]
    typed: tuple[Typed, ...]
    by_volume: ByVolume | None
    """Why it is made by volume; None where it is weighed or counted (R13)."""
    judgement: Judgement
    signing: Signing
    holder: str
    """Printed name of another pharmacist who has it open; empty for nobody."""
    changed: tuple[Told, ...]
    """What happened since the page that was refused as stale."""
    looks: str
    """What the finished product looks like, as the recipe says; empty: it does not (R49)."""
    warnings: tuple[str, ...]
    """The recipe's sentences."""
    called: str
    """What the technician called about; empty for none."""
    paused: str
    """Why work is stopped; empty while it goes on."""
    signed: tuple[Told, ...]
    """Signatures so far."""
    place: Place | None
    """The site where it is made, where that is another than this process's."""
    others: tuple[Choice, ...]
    """Other signed recipes that this person may have it made by now (R14 d, R17)."""
    decided: Told | None
    """The pharmacist's decision that stands: what was signed, by whom and when; None while the technician is at work again."""
    recipe_says: str = ""
    """What is to be known of its recipe: withdrawn, or a newer version counts; empty for nothing (R49)."""
    messages: tuple[Sent, ...] = ()
    """What pharmacists wrote to the tablet about it."""
    sentences: tuple[str, ...] = ()
    """What can be written to the tablet of whoever is making it; none where nobody is."""


def typed_of(p: Preparation, photos: tuple[Shown, ...]) -> tuple[Typed, ...]:
    """Return the typed codes with the number of the photo each is compared with."""
    numbers = {photo.slot: photo.number for photo in photos}
    return tuple(
        Typed(
            entry.slot, slot_words(p, entry.slot), "; ".join(evidence_words(entry.evidence)), numbers.get(entry.slot, 0)
        )
        for entry in p.typed()
        if entry.evidence is not None
    )


def rows_of(p: Preparation, before: Preparation | None) -> tuple[Row, ...]:
    """Return the table; where the person saw an older one, each line that reads differently is marked."""
    old = set(sheet(before)) if before else None
    return tuple(Row(line, old is not None and line not in old, readings_of(p, line)) for line in sheet(p))


def review_page(
    preparation: str,
    p: Preparation,
    *,
    patient: Patient,
    lines: tuple[Told, ...],
    judged: Judgement,
    signing: Signing,
    known: Mapping[str, str],
    claim: claims.Claim | None,
    viewer: str,
    place: Place | None = None,
    before: Preparation | None = None,
    others: tuple[Choice, ...] = (),
) -> ReviewPage:
    """Put the page together. `before` is the preparation as the person saw it, where that was refused as stale."""
    photos = photos_of(p, known)
    since = before.version if before else p.version
    return ReviewPage(
        preparation=preparation,
        version=p.version,
        head=p.digest,
        state=status(workflow_of(p), p),
        patient=patient,
        drug=shown_drug(p.master),
        dose=with_dose(f"{amount(p.planned.ordered_mg)} mg", p.order),
        container=p.order.container or "bag",
        route=ROUTES.get(p.order.route, p.order.route),
        stat=p.order.priority == "S",
        due=p.order.due_at,
        look=(*_short_dating(p), *_not_said_above(p, to_read(lines))),
        at_once=AT_ONCE,
        rows=rows_of(p, before),
        figures=figures_of(p),
        assurance=assurance(p),
        people=people_of(p, known),
        photos=photos,
        typed=typed_of(p, photos),
        by_volume=None if p.counts else p.plan.by_volume,
        judgement=judged,
        signing=signing,
        holder=name_of(known, claim.person) if claim and claim.person != viewer else "",
        changed=tuple(line for line in lines if line.version > since),
        looks="" if p.counts else p.recipe.looks,
        warnings=p.master.warnings,
        called=p.called,
        paused=p.paused,
        signed=tuple(line for line in lines if line.mark == "signed"),
        place=place,
        others=others,
        decided=decided(lines),
    )


def decided(lines: tuple[Told, ...]) -> Told | None:
    """Return the last signature over what was made, unless something was made after it."""
    made = [line for line in lines if line.signer or line.kind in ("Accepted", "Rejected")]
    last = made[-1] if made else None
    return last if last is not None and last.signer and not last.title.startswith("Signed: order verified") else None


def _not_said_above(p: Preparation, lines: tuple[Told, ...]) -> tuple[Told, ...]:
    """Leave out the call and the stop that still stand: they have their own line over the list."""
    standing = {"called": bool(p.called), "stopped": bool(p.paused)}
    last = {mark: max((line.version for line in lines if line.mark == mark), default=0) for mark in standing}
    return tuple(line for line in lines if not (standing.get(line.mark) and line.version == last[line.mark]))


def _short_dating(p: Preparation) -> tuple[Told, ...]:
    limit = beyond_use(p)
    if limit is None or limit.at > p.order.due_at:
        return ()
    says = "The beyond-use time ends before the dose is needed"
    return (Told(0, limit.at, "", "", "", "ShortDating", says, (f"limited by {limit.limited_by}",), "order"),)
