"""The site's policy and the register of its pumps for a program: read, drafted, signed by two with their passwords (U2, R11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.api.answers import Reply, Trouble
from app.api.commands import Second
from app.api.drafts import (
    Draft,
    DraftTold,
    FieldTold,
    VersionTold,
    changed,
    merged,
    signatures,
    signer,
)
from app.api.operations import operation
from app.api.shapes import Amount, Reason, Shape
from app.api.writing import Done, OnePerson, acted, seconded
from app.catalogue import policies as book
from app.catalogue.hazards import Acting
from app.catalogue.policies import NotWrittenError
from app.web import policy as page
from app.web import policy_form, pump_library
from app.web.house import house
from app.web.policy_form import NoPolicyError
from app.web.visit import acting_roles, visit
from workflows.pump_register import entered, withdrawn
from workflows.recipe import LibraryEntry


class Limit(Shape):
    """One value of the policy that counts."""

    label: str
    stands: str
    """What counts now; empty where nothing was signed."""
    proposed: str
    """What the project proposes."""
    source: str
    """What it is, with the rule it comes from."""


class SitePolicy(Shape):
    """The site's policy: what counts, what is written, and every field that a draft may say."""

    counts: int
    """Version that counts now; 0 where none does: nothing opens."""
    limits: list[Limit]
    versions: list[VersionTold]
    """Newest first."""
    draft: DraftTold | None
    fields: list[FieldTold]


class PumpLine(Shape):
    """One line of the register of the pumps' drug library."""

    drug: str
    entry: str
    version: str
    least_mg_ml: Amount
    most_mg_ml: Amount
    most_ml_h: Amount
    pharmacist: str
    """Who signed it; empty: it waits for the pharmacist of the draft it stands in."""
    nurse: str
    """Who read it on the pump beside them."""


class PumpRegister(Shape):
    """The register: what counts, and what the draft of the policy makes of it."""

    items: list[PumpLine]
    drafted: list[PumpLine] | None
    """The whole register as the draft has it; null where no draft changes it."""


class EnterLine(Shape):
    """A line for the draft of the policy: a new one, or another version of one that is there."""

    drug: Reason
    entry: Reason
    version: Reason
    least_mg_ml: Amount
    most_mg_ml: Amount
    most_ml_h: Amount
    effective_on: date
    why: Reason
    nurse: Second
    """Who read it on the pump beside the pharmacist: badge and PIN."""


class WithdrawLine(Shape):
    """Which line the draft of the policy leaves out."""

    drug: Reason
    entry: Reason
    effective_on: date
    why: Reason


@operation("GET /policy", scope="catalogue:read", tag="Catalogue", answer=SitePolicy, roles=page.READS)
def show_policy() -> SitePolicy:
    """Show the site's policy: every limit with what is proposed, the draft, and the fields that a draft may say."""
    with house().store.reading() as conn:
        known, drafted = book.versions(conn, house().settings.site), book.open_draft(conn, house().settings.site)
    counts = next((one for one in known if one.effective_from <= visit().at), None)
    holds = policy_form.said(drafted.policy if drafted else page.base(known))
    return SitePolicy(
        counts=counts.policy.version if counts else 0,
        limits=[
            Limit(label=one.label, stands=one.stands, proposed=one.proposed, source=one.source)
            for one in page.limits(counts.policy if counts else None)
        ],
        versions=[
            VersionTold(
                version=one.policy.version, effective_from=one.effective_from, signed_by=list(one.policy.signed_by)
            )
            for one in known
        ],
        draft=_drafted(known, drafted) if drafted else None,
        fields=[_field(name, text) for name, text in holds.items()],
    )


@operation(
    "POST /policy/draft", scope="catalogue:write", tag="Catalogue", answer=Done, body=Draft, session=True, keyed=True,
    roles=page.WRITES,
)  # fmt: skip
def draft_policy(body: Draft) -> Reply | Trouble:
    """Write a draft of the next version in place of the one before. Nothing is made by it before two people have signed it."""
    with house().store.reading() as conn:
        known, drafted = book.versions(conn, house().settings.site), book.open_draft(conn, house().settings.site)
    base = page.base(known, drafted)
    form = merged(policy_form.said(drafted.policy if drafted else base), body.values, _names())
    if isinstance(form, Trouble):
        return form
    try:
        made = policy_form.read(form, base)
    except NoPolicyError as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))
    return acted(lambda act: book.keep(act, made, body.effective_on, body.why).digest, NotWrittenError)


@operation(
    "POST /policy/sign", scope="catalogue:write", tag="Catalogue", answer=Done, body=OnePerson, session=True, keyed=True,
    roles=page.SIGNS,
)  # fmt: skip
def sign_policy(body: OnePerson) -> Reply | Trouble:
    """Put one's name to the draft; the second, one of the two a pharmacist, makes it the next version."""
    who = signer(body, "site policy approved")
    if isinstance(who, Trouble):
        return who
    pharmacist = "pharmacist" in acting_roles()
    return acted(lambda act: _said(book.sign(act, who, body.over, pharmacist=pharmacist)), NotWrittenError)


@operation("GET /pump-library", scope="catalogue:read", tag="Catalogue", answer=PumpRegister, roles=pump_library.READS)
def show_pump_library() -> PumpRegister:
    """Show the register of the pumps' drug library: what counts, and what the draft of the policy makes of it."""
    with house().store.reading() as conn:
        known, drafted = book.versions(conn, house().settings.site), book.open_draft(conn, house().settings.site)
    counts = next((one for one in known if one.effective_from <= visit().at), None)
    newest = known[0].policy.pump_library if known else ()
    changes = drafted is not None and drafted.policy.pump_library != newest
    return PumpRegister(
        items=[_line(one) for one in (counts.policy.pump_library if counts else ())],
        drafted=[_line(one) for one in drafted.policy.pump_library] if drafted is not None and changes else None,
    )


@operation(
    "POST /pump-library/enter", scope="catalogue:write", tag="Catalogue", answer=Done, body=EnterLine, session=True,
    keyed=True, roles=pump_library.WRITES,
)  # fmt: skip
def enter_pump_line(body: EnterLine) -> Reply | Trouble:
    """Write a line into the draft of the site's policy, with the nurse who read it on the pump. It counts once that is signed."""
    line = LibraryEntry(
        body.entry,
        body.version,
        body.drug,
        Decimal(body.least_mg_ml),
        Decimal(body.most_mg_ml),
        Decimal(body.most_ml_h),
        "",
        "",
    )
    nurse = seconded(body.nurse, pump_library.READ_ON_PUMP, pump_library.digest_of(line))
    if isinstance(nurse, Trouble):
        return nurse
    if says := pump_library.no_nurse(nurse):
        return Trouble(403, "NOT_SIGNED", says)
    read, signed = pump_library.Read(line, nurse), replace(line, nurse=nurse.name)

    def work(act: Acting) -> str:
        return pump_library.drafted(act, lambda old: entered(old, signed), body.effective_on, body.why, read)

    return acted(work, NotWrittenError)


@operation(
    "POST /pump-library/withdraw", scope="catalogue:write", tag="Catalogue", answer=Done, body=WithdrawLine, session=True,
    keyed=True, roles=pump_library.WRITES,
)  # fmt: skip
def withdraw_pump_line(body: WithdrawLine) -> Reply | Trouble:
    """Write a draft of the site's policy without a line."""

    def work(act: Acting) -> str:
        return pump_library.drafted(act, lambda old: withdrawn(old, body.drug, body.entry), body.effective_on, body.why)

    return acted(work, NotWrittenError)


def _drafted(known: tuple[book.Version, ...], drafted: book.Draft) -> DraftTold:
    return DraftTold(
        version=drafted.policy.version,
        effective_on=drafted.effective_on,
        why=drafted.why,
        author=drafted.author,
        digest=drafted.digest,
        signed=signatures(one.by for one in drafted.signed),
        changes=changed(page.changes(known, drafted)),
    )


def _field(name: str, holds: str) -> FieldTold:
    known = {one.name: one for one in policy_form.written_fields()}
    listed, _, own = name.rpartition(".")
    one = known.get(name) or next(one for one in policy_form.fields_of(listed.partition(".")[0]) if one.name == own)
    return FieldTold(name=name, label=one.label, says=one.says, holds=holds)


def _names() -> tuple[str, ...]:
    """Return the names of every field, those of each thing of which there may be several among them."""
    many = (
        f"{listed}.{n}.{one.name}"
        for listed in policy_form.LISTED
        for n in range(40)
        for one in policy_form.fields_of(listed)
    )
    return (*(one.name for one in policy_form.written_fields()), *many)


def _said(made: object) -> str:
    """Return whether the second signature has made a version."""
    return "effective" if made is not None else "signed"


def _line(one: LibraryEntry) -> PumpLine:
    return PumpLine(
        drug=one.drug,
        entry=one.entry,
        version=one.version,
        least_mg_ml=f"{one.least_mg_ml:f}",
        most_mg_ml=f"{one.most_mg_ml:f}",
        most_ml_h=f"{one.most_ml_h:f}",
        pharmacist=one.pharmacist,
        nurse=one.nurse,
    )
