"""The site's policy at a desk: every limit with what is proposed and where it comes from; a draft, two signatures, a day (U2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import beginning
from app.catalogue import policies as book
from app.catalogue.hazards import LEAST_WORDS, Signer
from app.catalogue.policies import Draft, NotWrittenError, Version
from app.catalogue.signing import written_over
from app.people.signing import SignRefused
from app.web import desk, policy_form
from app.web.house import house
from app.web.policy_form import Field, NoPolicyError, name_in_words
from app.web.review_page import Signing
from app.web.rights import right
from app.web.signing_form import signing_form
from app.web.visit import acting_roles, signed_in, visit, wants_page
from app.web.writing import written
from workflows.recipe import DEFAULT_POLICY, Policy
from workflows.site_policy import differences, less_than_proposed, values

policy = Blueprint("policy", __name__)

READS = ("pharmacist", "qa", "lead_technician", "admin", "informatics")
WRITES = ("pharmacist", "admin")
"""Who writes a draft; nothing follows from one that is not signed."""
SIGNS = ("pharmacist", "qa")
"""Who signs: two different people, one of them a pharmacist."""


@dataclass(frozen=True)
class Limit:
    """One line of the policy that counts."""

    label: str
    """What it is called."""
    stands: str
    """What counts now; empty where nothing was signed."""
    proposed: str
    """What the project proposes."""
    source: str
    """The field's own sentence, with the rule it comes from."""

    @property
    def differs(self) -> bool:
        """Whether the site decided otherwise than is proposed; its time zone is nobody's proposal."""
        return self.stands != self.proposed and self.label != policy_form.LABELS["zone"]


@dataclass(frozen=True)
class Listed:
    """What a policy holds several of, a row each."""

    words: str
    """What one more is called."""
    fields: tuple[Field, ...]
    """Its fields."""
    rows: tuple[str, ...]
    """What stands before the fields of each, the last one empty."""
    must: str
    """The field that none is without."""


@dataclass(frozen=True)
class PolicyPage:
    """The whole page."""

    counts: Version | None
    """The version that counts today; None where nobody has signed one: nothing opens."""
    versions: tuple[Version, ...]
    """Newest first."""
    limits: tuple[Limit, ...]
    """Every limit."""
    draft: Draft | None
    """What is being written."""
    before: Version | None
    """What counts on the day the draft begins, or the next one would; None where nothing will."""
    changes: tuple[tuple[str, str, str], ...]
    """What the draft changes of that: name in words, old, new."""
    less: tuple[str, ...]
    """What the draft has put on less than is proposed (R35)."""
    written: tuple[Field, ...]
    """The form's fields."""
    listed: tuple[Listed, ...]
    """What it holds several of: what is confirmed of an order, and what is confirmed in the procedure."""
    given: dict[str, str]
    """What the fields hold."""
    over: str
    """What the form is written over: sent back with it."""
    form: str
    """Which form was refused: draft or sign."""
    says: str
    """Why."""
    signing: Signing | None
    """For who may sign the draft now."""
    may_write: bool
    """The viewer may write a draft."""


@policy.get("/policy")
@right(*READS)
def show() -> ResponseReturnValue:
    return _page()


@policy.post("/policy/draft")
@right(*WRITES)
def draft() -> ResponseReturnValue:
    """Keep what is written as a draft; nothing is made by it."""
    form, rooms = request.form.to_dict(), house()
    with rooms.store.reading() as conn:
        known, drafted = book.versions(conn, rooms.settings.site), book.open_draft(conn, rooms.settings.site)
    try:
        made = policy_form.read(form, base(known, drafted))
        day = date.fromisoformat(form.get("effective_on", "").strip())
    except NoPolicyError as trouble:
        return _page("draft", str(trouble), 422)
    except ValueError:
        return _page("draft", "Write the day from which it counts as 2027-06-30.", 422)
    says = written(lambda act: book.keep(act, made, day, form.get("why", ""), form.get("over")), NotWrittenError)
    return _page("draft", says, 422) if says else redirect(url_for("policy.show"), 303)


@policy.post("/policy/sign")
@right(*SIGNS)
def sign() -> ResponseReturnValue:
    """Put one's name to the draft; the second name makes it the next version."""
    over, against = request.form.get("over", ""), request.form.get("against", "").strip()
    if len(against) < LEAST_WORDS:
        return _page("sign", "Say what you compared it with.", 422)
    signed = desk.sign_as("site policy approved", over)
    if isinstance(signed, SignRefused):
        return _page("sign", signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against)
    pharmacist = "pharmacist" in acting_roles()
    says = written(lambda act: book.sign(act, signer, over, pharmacist=pharmacist), NotWrittenError)
    return _page("sign", says, 409) if says else redirect(url_for("policy.show"), 303)


def base(known: tuple[Version, ...], drafted: Draft | None = None) -> Policy:
    """Return what a new version is written over: the newest, else what is proposed; the zone is the site's own setting.

    What a draft says of the pumps' library was written on a page of its own, and stays in it.
    """
    zone: ZoneInfo = house().settings.zone
    base = replace(known[0].policy if known else DEFAULT_POLICY, zone=zone.key)
    return replace(base, pump_library=drafted.policy.pump_library) if drafted else base


def _page(form: str = "", says: str = "", status: int = 200) -> Response:
    with house().store.reading() as conn:
        known = book.versions(conn, house().settings.site)
        drafted = book.open_draft(conn, house().settings.site)
    zone, at = house().settings.zone, visit().at
    day = drafted.effective_on if drafted else beginning.first_day(known, at, zone)
    before = beginning.counting_on(known, day, at, zone)
    given = {**policy_form.said(drafted.policy if drafted else base(known)), "effective_on": day.isoformat()}
    given = {**given, **(desk.form_fields() if form else {})}
    counts = next((one for one in known if one.effective_from <= at), None)
    shown = PolicyPage(
        counts=counts,
        versions=known,
        limits=limits(counts.policy if counts else None),
        draft=drafted,
        before=before,
        changes=changes(known, drafted) if drafted else (),
        less=less_than_proposed(drafted.policy) if drafted else (),
        written=policy_form.written_fields(),
        listed=tuple(
            Listed(words, policy_form.fields_of(one), policy_form.rows(given, one), must)
            for one, (_, must, words) in policy_form.LISTED.items()
        ),
        given=given,
        over=written_over(known[0].policy.version if known else 0, drafted),
        form=form,
        says=says,
        signing=_signing(drafted, says) if drafted else None,
        may_write=bool(signed_in()[0].roles & set(WRITES)),
    )
    return make_response(render_template("policy.html", page=shown) if wants_page() else jsonify(shown), status)


def changes(known: tuple[Version, ...], drafted: Draft) -> tuple[tuple[str, str, str], ...]:
    """Return what a draft changes of the version that counts on its day: name in words, old, new."""
    before = beginning.counting_on(known, drafted.effective_on, visit().at, house().settings.zone)
    found = differences(before.policy if before else None, drafted.policy)
    return tuple((name_in_words(name), old, new) for name, old, new in found)


def limits(counts: Policy | None) -> tuple[Limit, ...]:
    """Return every limit with what counts, what is proposed and its source."""
    stands, proposed = dict(values(counts)) if counts else {}, dict(values(DEFAULT_POLICY))
    sources = policy_form.sources()
    names = dict.fromkeys((*proposed, *stands))
    return tuple(
        Limit(name_in_words(name), stands.get(name, ""), proposed.get(name, ""), sources.get(name, ""))
        for name in names
    )


def _signing(drafted: Draft, says: str) -> Signing | None:
    return signing_form(SIGNS, {one.by.person for one in drafted.signed}, says)
