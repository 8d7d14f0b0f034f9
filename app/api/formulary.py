"""The formulary and the hazardous-drug list for a program: packages, recalled lots, entries; two signatures (U2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from app.api.answers import Reply, Trouble
from app.api.commands import Second
from app.api.drafts import READS, DraftTold, Signature, changed, signatures, signer
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Reason, Shape, Words
from app.api.writing import Done, OnePerson, acted, seconded, signed_by
from app.catalogue import formulary as book
from app.catalogue import hazards as list_book
from app.catalogue import recalls
from app.catalogue.formulary import PAGE, NotListedError, Package
from app.catalogue.hazards import Acting, Entry, NotEnteredError
from app.web import formulary as page
from app.web import hazards as hazards_page
from app.web.house import house
from app.web.visit import acting_roles, signed_in, visit

Cell = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]


class PackageTold(Shape):
    """One package code of the formulary. Amounts are decimal text; empty: not given."""

    gtin14: str
    ndc: str
    national: str
    """PZN 01234562, AIC 012345676, HIBC A123/BJC5D6E7/1."""
    item: str
    """Product that several package codes may share."""
    role: str
    text: str
    """What screens call it; of a drug it begins with the generic name."""
    maker: str
    drug: str
    """Generic name in lower case."""
    amount_mg: str
    volume_ml: str
    concentration_mg_ml: str
    fluid: str
    part: str
    level: str
    single_dose: str
    pieces: str
    materials: str
    """What the drug touches is made of, with commas between; empty: not said."""


class SentPackage(Shape):
    """A package code as it is to be. Amounts are decimal text; empty: not given."""

    gtin14: Cell
    ndc: Cell = ""
    national: Cell = ""
    """PZN 01234562, AIC 012345676, HIBC A123/BJC5D6E7/1."""
    item: Cell
    """Product that several package codes may share."""
    role: Literal["drug", "diluent", "base", "device"]
    text: Cell
    """What screens call it; of a drug it begins with the generic name."""
    maker: Cell = ""
    drug: Cell = ""
    """Generic name in lower case."""
    amount_mg: Cell = ""
    volume_ml: Cell = ""
    concentration_mg_ml: Cell = ""
    fluid: Cell = ""
    part: Cell = ""
    level: Literal["", "inner", "outer"] = ""
    single_dose: Literal["", "yes", "no"] = ""
    pieces: Cell = ""
    materials: Cell = ""
    """What the drug touches is made of, with commas between; empty: not said."""


class Listed(PackageTold):
    """One package that counts."""

    confirmed_by: str
    """Who confirmed it; empty: nobody."""


class FormularyPage(Shape):
    """Packages that were found, and every draft that waits."""

    items: list[Listed]
    more: bool
    """There are more than are answered: ask more exactly."""
    drafts: list[PackageTold]


class FindPackage(Shape):
    """Which packages."""

    find: Cell = ""
    """Part of name, drug, code or maker; empty: the first of all."""
    unconfirmed: Literal["true", "false"] = "false"
    """true: those alone that nobody has confirmed."""


class RecallTold(Shape):
    """One recalled lot of a product."""

    lot: str
    reference: str
    at: datetime
    who: str
    digest: str
    """What a signature under its withdrawal is over."""
    withdrawn_at: datetime | None
    """When it was withdrawn; null: it counts."""
    withdrawn_by: str
    withdrawn_second: str
    withdrawn_why: str


class PackageWhole(Shape):
    """One package code: what counts, what is written, which lots are recalled."""

    counts: Listed | None
    written: PackageTold | None
    draft: DraftTold | None
    recalls: list[RecallTold]


class DraftPackage(Shape):
    """What is to be on the shelf under a package code."""

    package: SentPackage
    why: Reason
    """What it was read in, or why it changes."""


class RecallLot(Shape):
    """Which lot is recalled, and by whom."""

    lot: Reason
    """As the container shows it."""
    reference: Reason
    """Whose recall it is, and its number."""


class WithdrawRecall(Shape):
    """Which recall was wrong, and why; signed by a pharmacist, and by a second person beside them."""

    lot: Reason
    why: Reason
    """At least ten letters."""
    signature: OnePerson
    second: Second


class HazardTold(Shape):
    """One drug in one form on the hazardous-drug list."""

    key: str
    drug: str
    form: str
    niosh_table: str
    handling: str
    """What follows from it today."""
    status: Literal["unconfirmed", "confirmed"]
    own: bool
    """The site's own values; false: as shipped."""
    source: str
    digest: str
    """What a signature is over."""
    signed: list[Signature]


class HazardList(Shape):
    """The list, by drug and form."""

    items: list[HazardTold]
    edition: str
    reviewed: datetime | None


class EnterHazard(Shape):
    """The site's own values of a drug in a form. What is entered is unconfirmed until two people have signed it."""

    drug: Reason
    form: Reason
    niosh_table: Literal["1", "2", "none"]
    antineoplastic: Literal["y", "n", ""] = ""
    mshi: Literal["y", "n", ""] = ""
    manipulated: Literal["y", "n"] = "y"
    api: Literal["y", "n"] = "n"
    source: Reason
    why: Reason
    number: Words = ""
    """Of an assessment of risk; with the five that follow, or none of them."""
    risk: Words = ""
    packaging: Words = ""
    manipulation: Words = ""
    containment: Words = ""
    assessed_on: Words = ""


class ReviewNote(Shape):
    """With what the whole list was compared."""

    note: Reason


@operation(
    "GET /formulary", scope="catalogue:read", tag="Catalogue", answer=FormularyPage, query=FindPackage, roles=page.READS
)  # fmt: skip
def list_packages(query: FindPackage) -> FormularyPage:
    """List packages of the formulary by a part of name, drug, code or maker, and every draft that waits."""
    with house().store.reading() as conn:
        found = book.listed(conn, query.find.strip(), unconfirmed=query.unconfirmed == "true")
        drafts = book.drafted(conn)
    return FormularyPage(
        items=[_listed(one) for one in found[:PAGE]],
        more=len(found) > PAGE,
        drafts=[_package(one.package) for one in drafts],
    )


@operation(
    "GET /formulary/{gtin}", scope="catalogue:read", tag="Catalogue", answer=PackageWhole, roles=page.READS
)  # fmt: skip
def show_package(gtin: str) -> PackageWhole | Trouble:
    """Show one package code: what counts, what is written, which lots of its product are recalled."""
    with house().store.reading() as conn:
        counts, drafted = book.of(conn, gtin), book.open_draft(conn, gtin)
        lots = recalls.recalls(conn, gtin) if counts else ()
    if counts is None and drafted is None:
        return GONE
    return PackageWhole(
        counts=_listed(counts) if counts else None,
        written=_package(drafted.package) if drafted else None,
        draft=_drafted(counts.package if counts else None, drafted) if drafted else None,
        recalls=[
            RecallTold.model_validate({name: getattr(one, name) for name in RecallTold.model_fields}) for one in lots
        ],
    )


@operation(
    "POST /formulary/{gtin}/draft", scope="catalogue:write", tag="Catalogue", answer=Done, body=DraftPackage, session=True,
    keyed=True, roles=page.WRITES,
)  # fmt: skip
def draft_package(gtin: str, body: DraftPackage) -> Reply | Trouble:
    """Write a draft of a package code. Nothing can be scanned by it before two people have signed it."""
    if body.package.gtin14 != gtin:
        return Trouble(409, "NOT_DONE", "Another GTIN is another package: write it under its own address.")
    made = Package(**body.package.model_dump())
    return acted(lambda act: book.keep(act, made, body.why).digest, NotListedError)


@operation(
    "POST /formulary/{gtin}/sign", scope="catalogue:write", tag="Catalogue", answer=Done, body=OnePerson, session=True,
    keyed=True, roles=page.SIGNS,
)  # fmt: skip
def sign_package(gtin: str, body: OnePerson) -> Reply | Trouble:
    """Put one's name to the draft of a package; the second, one of the two a pharmacist, puts it on the shelf."""
    who, pharmacist = signer(body, "package confirmed"), "pharmacist" in acting_roles()
    if isinstance(who, Trouble):
        return who

    def work(act: Acting) -> str:
        return "effective" if book.sign(act, gtin, who, body.over, pharmacist=pharmacist) else "signed"

    return acted(work, NotListedError)


@operation(
    "POST /formulary/{gtin}/recall", scope="catalogue:write", tag="Catalogue", answer=Done, body=RecallLot, session=True,
    keyed=True, roles=page.RECALLS,
)  # fmt: skip
def recall_lot(gtin: str, body: RecallLot) -> Reply | Trouble:
    """Enter that a lot is recalled: from now on it is refused wherever it is scanned, under any code of the product."""
    return acted(lambda act: recalls.recall_lot(act, gtin, body.lot, body.reference), NotListedError)


@operation(
    "POST /formulary/{gtin}/recall/withdraw", scope="catalogue:write", tag="Catalogue", answer=Done, body=WithdrawRecall,
    session=True, keyed=True, roles=page.WITHDRAWS,
)  # fmt: skip
def withdraw_recall(gtin: str, body: WithdrawRecall) -> Reply | Trouble:
    """Say that a recall was wrong, in two names: the lot may be used again, and the record keeps both."""
    over = body.signature.over
    signed = signed_by(body.signature, page.WITHDRAWN)
    if isinstance(signed, Trouble):
        return signed
    second = seconded(body.second, page.WITHDRAWN, over)
    if isinstance(second, Trouble):
        return second
    if says := page.no_second(second):
        return Trouble(403, "NOT_SIGNED", says)
    both = recalls.Witnessed(signed.name, signed.licence, second.id, second.name, over)
    return acted(lambda act: recalls.withdraw(act, gtin, body.lot, body.why, both), NotListedError)


@operation("GET /hazardous-drugs", scope="catalogue:read", tag="Catalogue", answer=HazardList, roles=READS)
def list_hazardous_drugs() -> HazardList:
    """List the hazardous drugs of this site, what follows for each today, and who signed it."""
    with house().store.reading() as conn:
        entries = list_book.listed(conn, house().settings.site)
        last = list_book.last_review(conn, house().settings.site)
    return HazardList(
        items=[_hazard(one) for one in entries], edition=list_book.EDITION, reviewed=last.at if last else None
    )


@operation(
    "POST /hazardous-drugs", scope="catalogue:write", tag="Catalogue", answer=Done, body=EnterHazard, session=True,
    keyed=True, roles=hazards_page.ENTERS,
)  # fmt: skip
def enter_hazardous_drug(body: EnterHazard) -> Reply | Trouble:
    """Enter the site's own values of a drug in a form; they are unconfirmed until two people have signed them."""
    try:
        hazard = hazards_page.hazard_of(body.model_dump())
    except NotEnteredError as refused:
        return Trouble(409, "NOT_DONE", str(refused))

    def work(act: Acting) -> str:
        list_book.enter(act, hazard, why=body.why)
        return list_book.key_of(hazard.drug, hazard.form)

    return acted(work, NotEnteredError)


@operation(
    "POST /hazardous-drugs/{key}/sign", scope="catalogue:write", tag="Catalogue", answer=Done, body=OnePerson,
    session=True, keyed=True, roles=hazards_page.SIGNS,
)  # fmt: skip
def sign_hazardous_drug(key: str, body: OnePerson) -> Reply | Trouble:
    """Put one's name to what an entry says; the second name confirms it."""
    who = signer(body, "hazard entry confirmed")
    if isinstance(who, Trouble):
        return who
    return acted(lambda act: list_book.sign(act, key, who, body.over).status, NotEnteredError)


@operation(
    "POST /hazardous-drugs/review", scope="catalogue:write", tag="Catalogue", answer=Done, body=ReviewNote, session=True,
    keyed=True, roles=hazards_page.ENTERS,
)  # fmt: skip
def review_hazardous_drugs(body: ReviewNote) -> Reply | Trouble:
    """Keep that the whole list was compared, by whom and with what."""
    person = signed_in()[0]
    return acted(lambda act: list_book.review(act, person.name, person.licence, body.note), NotEnteredError)


def _package(one: Package) -> PackageTold:
    return PackageTold.model_validate({name: getattr(one, name) for name in PackageTold.model_fields})


def _listed(one: book.Listed) -> Listed:
    return Listed(**_package(one.package).model_dump(), confirmed_by=one.confirmed_by)


def _drafted(counts: Package | None, drafted: book.Draft) -> DraftTold:
    return DraftTold(
        version=0,
        effective_on=None,
        why=drafted.why,
        author=drafted.author,
        digest=drafted.digest,
        signed=signatures(one.by for one in drafted.signed),
        changes=changed(one for one in page.rows(counts, drafted.package) if one[1] != one[2]),
    )


def _hazard(entry: Entry) -> HazardTold:
    today: date = visit().at.astimezone(house().settings.zone).date()
    return HazardTold(
        key=entry.key,
        drug=entry.hazard.drug,
        form=entry.hazard.form,
        niosh_table=entry.hazard.niosh_table,
        handling=entry.handled(today).level,
        status=entry.status,
        own=entry.own,
        source=entry.hazard.source,
        digest=entry.digest,
        signed=signatures(entry.signed),
    )
