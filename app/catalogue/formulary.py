"""The formulary as people keep it: a package code's draft, the two signatures that put it on the shelf (R17, U2).

What stands in the catalogue counts at once for every scan, so a draft changes nothing there before two people have signed it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from app.catalogue.hazards import LEAST_WORDS, Acting, Signer
from app.catalogue.load import Loaded, Row, wrong_amount, wrong_blank, wrong_gtin, wrong_national
from app.catalogue.names import folded
from app.catalogue.signing import Signed, digest_of, why_not
from app.catalogue.tables import package, package_draft
from app.record import canonical, codec
from app.record.running import append_row
from workflows.made_of import MATERIALS, not_known

PAGE = 300
"""Lines of one page (SCREENS 12)."""
ROLES = ("drug", "diluent", "base", "device")
"""What a package may be: base is a bag or a pump's empty reservoir."""
INCONSISTENT = Decimal("0.05")
"""Contents and concentration of a vial may differ by this part."""


class NotListedError(ValueError):
    """The package cannot be kept, signed or recalled; the text says why and what to do instead."""


@dataclass(frozen=True)
class Package:
    """One package code, as the formulary holds it. Amounts are decimal text; empty: not given."""

    gtin14: str
    """Barcode of the package: 14 digits, the last a check digit."""
    ndc: str
    """National drug code with its dashes, as 10019-955-50; empty where there is none."""
    national: str
    """Number of a code that holds no GTIN: PZN 01234562, AIC 012345676, HIBC A123/BJC5D6E7/1."""
    item: str
    """Product that several package codes may share: cyclophosphamide-500mg-powder."""
    role: str
    """What it is: drug, diluent, base (bag or empty reservoir), device."""
    text: str
    """What screens call it; of a drug it begins with the generic name."""
    maker: str
    """Who makes it."""
    drug: str
    """Generic name in lower case; of drugs alone."""
    amount_mg: str
    """mg of drug in one container."""
    volume_ml: str
    """mL in one container; empty for a powder."""
    concentration_mg_ml: str
    """mg/mL as the label states it; of a powder after it was dissolved."""
    fluid: str
    """Name of the fluid of a diluent or bag, as orders write it: sodium chloride 0.9 %."""
    part: str
    """Part of a closed-system device, material of a bag (non-PVC), or kind of reservoir (cassette)."""
    level: str
    """inner: the container itself; outer: a carton."""
    single_dose: str
    """yes or no; empty where the label does not say."""
    pieces: str
    """How many a full stock bottle holds; of what is counted alone."""
    materials: str = ""
    """What a bag, reservoir or device is made of where the drug touches it, with commas between: polypropylene, ABS."""


@dataclass(frozen=True)
class Draft:
    """What a row of the table holds."""

    package: Package
    """As written."""
    why: str
    """What it was read in, or why it changes."""
    signed: tuple[Signed, ...]
    """Who has signed just this; two, and it is in the catalogue."""
    author: str
    """Person id of who wrote it."""

    @property
    def digest(self) -> str:
        """What a signature is over."""
        return digest_of(self)


@dataclass(frozen=True)
class Listed:
    """One package of the catalogue."""

    package: Package
    """What counts."""
    confirmed_by: str
    """Who confirmed it; empty: nobody (U1)."""


def listed(conn: Connection, part: str, *, unconfirmed: bool = False) -> tuple[Listed, ...]:
    """Return the packages whose name, drug, code or maker contains `part`, by name; one more than PAGE says there are more."""
    query = select(package).order_by(func.lower(package.c.text), package.c.gtin14).limit(PAGE + 1)
    if part.strip():
        columns = (package.c.text, package.c.drug, package.c.gtin14, package.c.ndc, package.c.national, package.c.maker)
        wanted = part.strip().lower()
        query = query.where(or_(*(func.lower(one).contains(wanted, autoescape=True) for one in columns)))
    if unconfirmed:
        query = query.where(package.c.confirmed_by == "")
    return tuple(_listed(row) for row in conn.execute(query))


def of(conn: Connection, gtin14: str) -> Listed | None:
    """Return a package of the catalogue, or None."""
    row = conn.execute(select(package).where(package.c.gtin14 == gtin14)).one_or_none()
    return None if row is None else _listed(row)


def _listed(row: Any) -> Listed:
    known = {name: str(getattr(row, name) or "") for name in Package.__dataclass_fields__}
    return Listed(Package(**known), row.confirmed_by)


def history(conn: Connection, gtin14: str) -> tuple[tuple[datetime, str, Draft], ...]:
    """Return everything that was written of a package code, newest first: when, by whom, what."""
    rows = conn.execute(
        select(package_draft).where(package_draft.c.gtin14 == gtin14).order_by(package_draft.c.seq.desc())
    )
    return tuple((row.at, row.who, codec.decode(Draft, canonical.parse(row.body))) for row in rows)


def open_draft(conn: Connection, gtin14: str) -> Draft | None:
    """Return the draft that two people have not signed yet, or None."""
    written = history(conn, gtin14)
    return written[0][2] if written and len(written[0][2].signed) < 2 else None


def drafted(conn: Connection) -> tuple[Draft, ...]:
    """Return every draft that waits for a signature, by what it is called."""
    newest = select(func.max(package_draft.c.seq)).group_by(package_draft.c.gtin14)
    bodies = conn.execute(select(package_draft.c.body).where(package_draft.c.seq.in_(newest))).scalars()
    found = (codec.decode(Draft, canonical.parse(body)) for body in bodies)
    return tuple(sorted((one for one in found if len(one.signed) < 2), key=lambda one: one.package.text.casefold()))


def wrong_in(made: Package) -> tuple[str, ...]:
    """Return everything in a package that cannot be right, in words; nothing where it may be signed (B26, R17)."""
    amounts = {name: getattr(made, name) or None for name in ("concentration_mg_ml", "amount_mg", "volume_ml")}
    plain = (wrong_blank(asdict(made)), wrong_gtin(made.gtin14), wrong_national(made.national), wrong_amount(amounts))
    found = [f"{one[0].upper()}{one[1:]}." for one in plain if one]
    if made.ndc and re.fullmatch(r"\d{4,6}-\d{3,4}-\d{1,2}", made.ndc) is None:
        found.append("Write the NDC with its dashes, as 10019-955-50.")
    elif _other_ndc(made):
        found.append(f"The GTIN holds another NDC than {made.ndc}. Has a digit slipped?")
    if not made.text or not made.item:
        found.append("Say what it is called, and which product it is a package of.")
    if made.pieces and re.fullmatch(r"[1-9]\d{0,4}", made.pieces) is None:
        found.append("How many a bottle holds is a whole number above 0.")
    if unknown := not_known(tuple(one.strip() for one in made.materials.split(",") if made.materials)):
        found.append(
            f"Made of {', '.join(unknown)}: write it as it is listed, with commas between: {', '.join(MATERIALS)}."
        )
    found += _by_role(made)
    return (*found, *(() if found else _sums(made)))


def _other_spelling(conn: Connection, made: Package) -> str:
    """Say how another package code writes the same product in other letters, or nothing: a recall goes by the letters (R19)."""
    written = conn.execute(select(package.c.item).where(package.c.gtin14 != made.gtin14).distinct()).scalars()
    other = next((one for one in written if one != made.item and folded(one) == folded(made.item)), None)
    return (
        ""
        if other is None
        else f"This product is written {other} already. Write it so, or a recall would not find both."
    )


def _other_ndc(made: Package) -> bool:
    """Whether the GTIN of a drug of the United States holds ten other digits than its NDC has (R18)."""
    digits = made.ndc.replace("-", "")
    return len(digits) == 10 and made.gtin14[1:3] == "03" and made.gtin14[3:13] != digits


def _by_role(made: Package) -> Iterator[str]:
    if made.role not in ROLES:
        yield f"Choose what it is: {', '.join(ROLES)}."
    if made.single_dose not in ("", "yes", "no"):
        yield "Whether it is a single-dose container is yes, no or not said."
    if made.role == "drug":
        if not made.drug or made.drug != made.drug.casefold() or not made.text.casefold().startswith(made.drug):
            yield "Write the generic name in lower case, and begin what it is called with it."
        if not made.amount_mg:
            yield "Say how many mg are in one container."
    elif made.drug:
        yield "Only a drug has a generic name."
    if made.role in ("diluent", "base") and not (made.fluid or made.part):
        yield "Name the fluid as orders write it, or the kind of reservoir."
    if made.role == "device" and not made.part:
        yield "Name the part of the closed-system device."


def _sums(made: Package) -> Iterator[str]:
    """Compare contents with concentration, where a label gives all three and it is no powder that is dissolved first."""
    if made.amount_mg and made.volume_ml and made.concentration_mg_ml:
        found = Decimal(made.amount_mg) / Decimal(made.volume_ml)
        if abs(found / Decimal(made.concentration_mg_ml) - 1) > INCONSISTENT:
            yield f"{made.amount_mg} mg in {made.volume_ml} mL is not {made.concentration_mg_ml} mg/mL. Has a digit slipped?"


def keep(act: Acting, made: Package, why: str) -> Draft:
    """Keep a draft in place of the one before, unsigned. Raises NotListedError for what cannot be right."""
    if faults := wrong_in(made):
        raise NotListedError(" ".join(faults))
    if says := _other_spelling(act.conn, made):
        raise NotListedError(says)
    if len(why.strip()) < LEAST_WORDS:
        raise NotListedError("Say what it was read in, or why it changes.")
    standing, before = of(act.conn, made.gtin14), open_draft(act.conn, made.gtin14)
    if standing is not None and standing.package == made and standing.confirmed_by:
        raise NotListedError("Nothing of it is different from what counts.")
    if before is not None and before.package == made:
        raise NotListedError("Nothing of it is different from the draft.")
    draft = Draft(made, why.strip(), (), act.who)
    _write(act, draft)
    _note(act, "package_drafted", draft, {"why": draft.why, "package": asdict(made)})
    return draft


def sign(act: Acting, gtin14: str, signer: Signer, over: str, *, pharmacist: bool) -> bool:
    """Keep a signature over the draft; the second, of somebody else, puts it into the catalogue and returns True (U2)."""
    draft = open_draft(act.conn, gtin14)
    if draft is None:
        raise NotListedError("There is no draft of it.")
    new = Signed(signer, pharmacist)
    if says := why_not(draft.signed, new, over=over, digest=draft.digest) or _other_spelling(act.conn, draft.package):
        raise NotListedError(says)
    draft = replace(draft, signed=(*draft.signed, new))
    _write(act, draft)
    told = {"name": signer.name, "licence": signer.licence, "against": signer.against.strip(), "over": over}
    _note(act, "package_signed", draft, told)
    if len(draft.signed) < 2:
        return False
    names = " and ".join(one.by.name for one in draft.signed)
    given = {name: value or None if name in NUMBERS else value for name, value in asdict(draft.package).items()}
    act.conn.execute(delete(package).where(package.c.gtin14 == gtin14))
    row = {**given, "pieces": int(draft.package.pieces) if draft.package.pieces else None, "confirmed_by": names}
    act.conn.execute(insert(package), row)
    _note(act, "package_effective", draft, {"confirmed_by": names})
    return True


NUMBERS = ("amount_mg", "volume_ml", "concentration_mg_ml")
"""Columns that hold nothing where nothing is given."""


def import_drafts(act: Acting, rows: Iterable[Row], why: str) -> Loaded:
    """Keep a draft of each row's package, by the rules of the page: nothing can be scanned by it before two have signed it.

    A row that says what counts already, or what its draft says, is taken and changes nothing.
    """
    taken, left = 0, []
    for number, row, unfit in rows:
        made = Package(**{name: row.get(name) or "" for name in Package.__dataclass_fields__})
        if wrong := unfit or (_unlike(act.conn, made) and _kept(act, made, why)):
            left.append(f"row {number}: {wrong}")
            continue
        taken += 1
    return Loaded(taken, tuple(left))


def _unlike(conn: Connection, made: Package) -> bool:
    """Whether a package says anything else than what counts, or than its draft."""
    standing, draft = of(conn, made.gtin14), open_draft(conn, made.gtin14)
    if draft is not None:
        return draft.package != made
    return standing is None or standing.package != made or not standing.confirmed_by


def _kept(act: Acting, made: Package, why: str) -> str:
    """Keep a draft; return why it was not, beginning small, or an empty text."""
    try:
        keep(act, made, why)
    except NotListedError as trouble:
        said = str(trouble)
        return f"{said[0].lower()}{said[1:].rstrip('.')}" if not said.startswith(("GTIN", "NDC")) else said.rstrip(".")
    return ""


def waiting_for(conn: Connection, person: str) -> tuple[Draft, ...]:
    """Return the drafts that this person has not signed, by what each is called; PAGE of them at most."""
    found = (one for one in drafted(conn) if all(each.by.person != person for each in one.signed))
    return tuple(found)[:PAGE]


def digest_of_all(drafts: Iterable[Draft]) -> str:
    """Return what one signature under several drafts is over."""
    return hashlib.sha256("\n".join(one.digest for one in drafts).encode()).hexdigest()


def sign_all(act: Acting, signer: Signer, over: str, *, pharmacist: bool) -> int:
    """Put a name under every draft that waits for this person, each as by itself; returns how many count from now on (U2).

    Raises NotListedError, and signs none, where one of them cannot be signed or is another than was shown.
    """
    drafts = waiting_for(act.conn, signer.person)
    if not drafts or digest_of_all(drafts) != over:
        raise NotListedError("The drafts changed since this page was drawn. Look at them again. Nothing was signed.")
    new = Signed(signer, pharmacist)
    for one in drafts:
        if says := why_not(one.signed, new, over=one.digest, digest=one.digest):
            raise NotListedError(f"{one.package.text}: {says} Nothing was signed.")
    return sum(sign(act, one.package.gtin14, signer, one.digest, pharmacist=pharmacist) for one in drafts)


def _write(act: Acting, draft: Draft) -> None:
    body = canonical.dump(codec.encode(draft)).decode()
    append_row(act.conn, package_draft, {"gtin14": draft.package.gtin14, "body": body, "at": act.at, "who": act.who})


def _note(act: Acting, kind: str, draft: Draft, data: Mapping[str, Any]) -> None:
    told = {"gtin14": draft.package.gtin14, "text": draft.package.text, **data}
    act.write(kind, told)
