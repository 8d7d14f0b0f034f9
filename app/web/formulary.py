"""The formulary at a desk: what may be scanned, its hazard class and densities; drafts, two signatures, recalled lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import formulary as book
from app.catalogue import hazards, recalls, recipes
from app.catalogue.formulary import PAGE, ROLES, Draft, Listed, NotListedError, Package
from app.catalogue.hazards import LEAST_WORDS, Signer
from app.catalogue.names import printed_in
from app.catalogue.recalls import SECONDS, Recall, Witnessed
from app.desk.names import name_of, names
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.recipe_form import label_of, sentences
from app.web.review_page import Signing
from app.web.rights import right
from app.web.signing_form import signing_form
from app.web.visit import acting_roles, signed_in, visit, wants_page
from app.web.writing import written
from workflows.circumstances import Actor
from workflows.recipe import Recipe
from workflows.wording import amount

formulary = Blueprint("formulary", __name__)

READS = ("pharmacist", "lead_technician", "qa", "admin", "informatics")
WRITES = ("pharmacist", "lead_technician", "admin", "informatics")
"""Who writes a draft; nothing can be scanned by it before it is signed."""
SIGNS = ("pharmacist", "qa")
"""Who signs: two different people, one of them a pharmacist."""
RECALLS = ("pharmacist", "lead_technician")
"""Who enters a recalled lot: it stops work, so one is enough."""
WITHDRAWS = ("pharmacist",)
"""Who withdraws a recall, with a second person beside them."""
LABELS = {
    "gtin14": "GTIN-14", "ndc": "NDC", "item": "product", "role": "what it is", "text": "called",
    "drug": "generic name", "level": "package level", "single_dose": "single dose", "amount_mg": "contents, mg",
    "volume_ml": "contents, mL", "concentration_mg_ml": "concentration, mg/mL", "national": "national number",
    "materials": "made of",
}  # fmt: skip
WITHDRAWN = "recall withdrawn"
"""What both say by their signatures."""
CHOICES = {"role": ROLES, "level": ("", "inner", "outer"), "single_dose": ("", "yes", "no")}


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: str
    label: str
    says: str
    """Its own sentence."""
    options: tuple[str, ...]
    """Of a choice; empty for a line."""


@dataclass(frozen=True)
class Line:
    """One package of the list."""

    listed: Listed
    text: str
    """What it is called, its drug's name as it is printed."""
    strength: str
    """In words."""
    hazard: str
    """How its drug is handled, in words; empty for what is no drug."""


@dataclass(frozen=True)
class Wrote:
    """One line of a package's history."""

    at: datetime
    who: str
    """Printed name."""
    words: str
    """What they did."""


@dataclass(frozen=True)
class RecallLine:
    """One recalled lot."""

    recall: Recall
    by: str
    """Printed name of who entered it."""
    withdrawn: str
    """Printed names of who withdrew it; empty while it counts."""


@dataclass(frozen=True)
class PackagePage:
    """One package."""

    gtin14: str
    """Its code; empty for a new one."""
    text: str
    """What it is called, its drug's name as it is printed; empty for a new one."""
    listed: Listed | None
    """What counts; None where it is not on the shelf."""
    draft: Draft | None
    """What is being written."""
    rows: tuple[tuple[str, str, str], ...]
    """Name in words, what counts, what the draft says; of what either gives."""
    hazards: tuple[tuple[str, str], ...]
    """Form and handling of its drug."""
    densities: tuple[tuple[str, str], ...]
    """Recipe and density of what is drawn, of its drug."""
    recalls: tuple[RecallLine, ...]
    """Recalled lots of its product, withdrawn ones too."""
    history: tuple[Wrote, ...]
    """Newest first."""
    fields: tuple[Field, ...]
    given: dict[str, str]
    """What they hold."""
    form: str
    """Which form was refused: draft, sign or recall."""
    says: str
    """Why."""
    signing: Signing | None
    """For who may sign the draft now."""
    may_write: bool
    may_recall: bool
    withdrawing: Signing | None
    """For who may withdraw a recall."""


@formulary.get("/formulary")
@right(*READS)
def show() -> ResponseReturnValue:
    part, only = request.args.get("find", "").strip()[:100], request.args.get("unconfirmed") == "1"
    with house().store.reading() as conn:
        found = book.listed(conn, part, unconfirmed=only)
        waiting, handled = book.drafted(conn), _handled(conn)
        lines = tuple(_line(conn, one, handled) for one in found[:PAGE])
    if not wants_page():
        return jsonify(lines=lines, drafts=waiting)
    shown = {"lines": lines, "drafts": waiting, "find": part, "unconfirmed": only, "more": len(found) > PAGE}
    return render_template("formulary.html", **shown, may_write=_may(WRITES))


@formulary.get("/formulary/drafts")
@right(*READS)
def waiting() -> ResponseReturnValue:
    """Every draft that waits for the viewer's signature, value by value, to be signed at once."""
    return _drafts()


@formulary.post("/formulary/drafts/sign")
@right(*SIGNS)
def sign_all() -> ResponseReturnValue:
    """Put one's name under every draft that is shown; each keeps its own signature."""
    over, against = request.form.get("over", ""), request.form.get("against", "").strip()
    if len(against) < LEAST_WORDS:
        return _drafts("Say what you compared them with.", 422)
    signed = desk.sign_as("packages confirmed", over)
    if isinstance(signed, SignRefused):
        return _drafts(signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against)
    pharmacist = "pharmacist" in acting_roles()
    says = written(lambda act: book.sign_all(act, signer, over, pharmacist=pharmacist), NotListedError)
    return _drafts(says, 409) if says else redirect(url_for("formulary.show"), 303)


def _drafts(says: str = "", status: int = 200) -> ResponseReturnValue:
    with house().store.reading() as conn:
        drafts = book.waiting_for(conn, signed_in()[0].id)
        lines = [
            (one, rows(getattr(book.of(conn, one.package.gtin14), "package", None), one.package)) for one in drafts
        ]
    over, signing = book.digest_of_all(drafts), signing_form(SIGNS, (), says)
    if not wants_page():
        return jsonify(drafts=drafts, over=over, says=says), status
    given = {"against": request.form.get("against", "")}
    return render_template(
        "package_drafts.html", lines=lines, over=over, signing=signing, given=given, says=says
    ), status


@formulary.get("/formulary/new")
@right(*WRITES)
def new() -> ResponseReturnValue:
    return _page("")


@formulary.post("/formulary/draft")
@right(*WRITES)
def draft() -> ResponseReturnValue:
    """Keep what is written as a draft; nothing can be scanned by it."""
    said = {name: request.form.get(name, "").strip()[:200] for name in Package.__dataclass_fields__}
    gtin = request.form.get("of", "")
    if gtin and said["gtin14"] != gtin:
        return _page(gtin, "draft", "Another GTIN is another package: write a new one.", 422)
    says = written(lambda act: book.keep(act, Package(**said), request.form.get("why", "")), NotListedError)
    return _page(gtin, "draft", says, 422) if says else redirect(url_for("formulary.page", gtin=said["gtin14"]), 303)


@formulary.get("/formulary/<gtin>")
@right(*READS)
def page(gtin: str) -> ResponseReturnValue:
    return _page(gtin)


@formulary.post("/formulary/<gtin>/sign")
@right(*SIGNS)
def sign(gtin: str) -> ResponseReturnValue:
    """Put one's name to the draft; the second name puts it on the shelf."""
    over, against = request.form.get("over", ""), request.form.get("against", "").strip()
    if len(against) < LEAST_WORDS:
        return _page(gtin, "sign", "Say what you compared it with.", 422)
    signed = desk.sign_as("package confirmed", over)
    if isinstance(signed, SignRefused):
        return _page(gtin, "sign", signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against)
    pharmacist = "pharmacist" in acting_roles()
    says = written(lambda act: book.sign(act, gtin, signer, over, pharmacist=pharmacist), NotListedError)
    return _page(gtin, "sign", says, 409) if says else redirect(url_for("formulary.page", gtin=gtin), 303)


@formulary.post("/formulary/<gtin>/recall")
@right(*RECALLS)
def recalled(gtin: str) -> ResponseReturnValue:
    """Keep that a lot is recalled: it is refused from now on."""
    lot, reference = request.form.get("lot", ""), request.form.get("reference", "")
    says = written(lambda act: recalls.recall_lot(act, gtin, lot, reference), NotListedError)
    return _page(gtin, "recall", says, 422) if says else redirect(url_for("formulary.page", gtin=gtin), 303)


@formulary.post("/formulary/<gtin>/recall/withdraw")
@right(*WITHDRAWS)
def withdrawn(gtin: str) -> ResponseReturnValue:
    """Keep that a recall was wrong, in two names: the lot may be used again, and the record keeps both."""
    over, lot, why = (request.form.get(name, "") for name in ("over", "lot", "why"))
    signed = desk.sign_as(WITHDRAWN, over)
    if isinstance(signed, SignRefused):
        return _page(gtin, "withdraw", signed.says, 429 if signed.locked_until else 422)
    second = desk.cosign(WITHDRAWN, over)
    if isinstance(second, SignRefused):
        return _page(gtin, "withdraw", second.says, 429 if second.locked_until else 422)
    who, _ = second
    if says := no_second(who):
        return _page(gtin, "withdraw", says, 422)
    both = Witnessed(signed.name, signed.licence, who.id, who.name, over)
    says = written(lambda act: recalls.withdraw(act, gtin, lot, why, both), NotListedError)
    return _page(gtin, "withdraw", says, 409) if says else redirect(url_for("formulary.page", gtin=gtin), 303)


def no_second(who: Actor) -> str:
    """Say why somebody may not stand beside a pharmacist who withdraws a recall; empty where they may."""
    roles = who.roles - ({"pharmacist"} if who.no_licence else set())
    return "" if roles & SECONDS else f"{who.name} is no pharmacist, lead technician or of quality assurance."


def _recalled(one: Recall, known: Mapping[str, str]) -> RecallLine:
    gone = f"{name_of(known, one.withdrawn_by)} and {name_of(known, one.withdrawn_second)}" if one.withdrawn_at else ""
    return RecallLine(one, name_of(known, one.who), gone)


def _may(roles: tuple[str, ...]) -> bool:
    return bool(signed_in()[0].roles & set(roles))


def _handled(conn: Connection) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return form and handling of each drug of the site's hazardous-drug list, as it stands today."""
    today = visit().at.astimezone(house().settings.zone).date()
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for one in hazards.listed(conn, house().settings.site):
        words = one.handled(today).level + (", unconfirmed" if one.status == "unconfirmed" else "")
        found[one.hazard.drug] = (*found.get(one.hazard.drug, ()), (one.hazard.form, words))
    return found


def _line(conn: Connection, one: Listed, handled: dict[str, tuple[tuple[str, str], ...]]) -> Line:
    made = one.package
    return Line(one, printed_in(conn, made.text, made.drug), _strength(made), _worst(handled, made.drug))


def _strength(made: Package) -> str:
    for text, unit in ((made.concentration_mg_ml, "mg/mL"), (made.amount_mg, "mg"), (made.volume_ml, "mL")):
        if text:
            return f"{amount(Decimal(text))} {unit}"
    return ""


def _worst(handled: dict[str, tuple[tuple[str, str], ...]], drug: str) -> str:
    if not drug:
        return ""
    return "; ".join(dict.fromkeys(words for _, words in handled.get(drug, ()))) or "not looked up: hazardous"


def _densities(conn: Connection, drug: str) -> tuple[tuple[str, str], ...]:
    made = (one for one in recipes.recipes_of(conn, drug, visit().at) if isinstance(one, Recipe)) if drug else ()
    return tuple((one.name, _density(one)) for one in made)


def _density(made: Recipe) -> str:
    known = made.density
    if known.g_per_ml is None:
        return "not known"
    stands = "confirmed" if known.confirmed else "UNCONFIRMED"
    return f"{amount(known.g_per_ml)} g/mL at {amount(made.concentration_mg_ml)} mg/mL, {known.basis}, {stands}"


def _page(gtin: str, form: str = "", says: str = "", status: int = 200) -> Response:
    with house().store.reading() as conn:
        listed = book.of(conn, gtin) if gtin else None
        wrote, drafted = (book.history(conn, gtin), book.open_draft(conn, gtin)) if gtin else ((), None)
        if gtin and listed is None and not wrote:
            abort(404)
        known, lots = names(conn), recalls.recalls(conn, gtin) if listed else ()
        base = drafted.package if drafted else listed.package if listed else None
        drug = base.drug if base else ""
        text = printed_in(conn, base.text, drug) if base else ""
        handled, densities = _handled(conn).get(drug, ()), _densities(conn, drug)
    given = {name: getattr(base, name) for name in Package.__dataclass_fields__} if base else {}
    shown = PackagePage(
        gtin14=gtin,
        text=text,
        listed=listed,
        draft=drafted,
        rows=rows(listed.package if listed else None, drafted.package if drafted else None),
        hazards=handled,
        densities=densities,
        recalls=tuple(_recalled(one, known) for one in lots),
        history=tuple(Wrote(at, name_of(known, who), _words(one)) for at, who, one in wrote),
        fields=_fields(),
        given={**given, **(desk.form_fields() if form else {})},
        form=form,
        says=says,
        signing=_signing(drafted, says) if drafted else None,
        may_write=_may(WRITES),
        may_recall=_may(RECALLS) and listed is not None,
        withdrawing=signing_form(WITHDRAWS, (), says if form == "withdraw" else ""),
    )
    return make_response(render_template("package.html", page=shown) if wants_page() else jsonify(shown), status)


def _fields() -> tuple[Field, ...]:
    says = sentences(Package)
    return tuple(Field(name, _label(name), says[name], CHOICES.get(name, ())) for name in Package.__dataclass_fields__)


def _label(name: str) -> str:
    return LABELS.get(name) or label_of(name)


def rows(counts: Package | None, drafted: Package | None) -> tuple[tuple[str, str, str], ...]:
    """Return name in words, what counts and what a draft says, of every value that either gives."""
    found = ((_label(n), getattr(counts, n, ""), getattr(drafted, n, "")) for n in Package.__dataclass_fields__)
    return tuple(one for one in found if one[1] or one[2])


def _words(one: Draft) -> str:
    if one.signed:
        last = one.signed[-1].by
        done = ": it counts from then on" if len(one.signed) > 1 else ""
        return f"signed, compared with: {last.against}{done}"
    return f"wrote it: {one.why}"


def _signing(drafted: Draft, says: str) -> Signing | None:
    return signing_form(SIGNS, {one.by.person for one in drafted.signed}, says)
