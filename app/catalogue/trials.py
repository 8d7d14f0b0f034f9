"""What is done with a trial's stock: it comes, is dispensed, leaves, comes back, is struck out; a line each (R56)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NoReturn

from sqlalchemy import Connection, insert, select

from app import clock
from app.catalogue.names import folded, folded_lot
from app.catalogue.trial_lines import (
    LEAST_REASON,
    LEAVES,
    MOST,
    NO_MOVE,
    Act,
    Delivery,
    Kept,
    Line,
    NotAccountedError,
    What,
    as_written,
    balance,
    in_stock,
    lines,
    moves,
    of_unit,
    product_of,
)
from app.catalogue.trial_tables import trial_line, trial_lot
from app.record import canonical, codec, views
from app.record.running import append_row
from workflows.evidence import Container, Found, OtherCode
from workflows.recipe import Recipe
from workflows.trials import same_number
from workflows.wording import amount


def receive(act: Act, recipe: Recipe, came: Delivery) -> tuple[str, ...]:
    """Take units of a trial into its stock, a line and a unit label each; return the labels. Raises NotAccountedError."""
    _two(act)
    if not recipe.protocol or not recipe.protocol_stock:
        raise NotAccountedError(f"The recipe {recipe.name} takes no stock of a trial.")
    kits = tuple(as_written(one) for one in came.kits)
    if not 0 < len(kits) <= MOST or not all(kits):
        raise NotAccountedError(f"Write 1 to {MOST} numbers, one a unit.")
    _not_twice(act, recipe, kits)
    day, lot = min((one for one in (came.expiry, came.retest) if one is not None), default=None), as_written(came.lot)
    if day is None or not lot:
        raise NotAccountedError("Write the lot, and the expiry or re-test date.")
    if len(came.note.strip()) < LEAST_REASON:
        raise NotAccountedError("Write from whom it came, and the shipment's number.")
    product, labels = product_of(recipe), []
    for kit in kits:
        label = clock.new_id()
        held = Container(
            "drug", recipe.items[0], f"{product}, kit {kit}", recipe.drug, recipe.ndcs[0],
            concentration_mg_ml=recipe.concentration_mg_ml, amount_mg=recipe.vial_mg, lot=lot, expiry=day,
            unit=f"U/{label}", maker=recipe.sponsor, protocol=recipe.protocol, kit=kit,
        )  # fmt: skip
        said = Line("received", recipe.protocol, product, label, kit, lot, 1, 0, note=came.note.strip())
        write(act, replace(said, held=held, retest=came.retest))
        labels.append(label)
    _keep_lot(act, recipe, lot)
    return tuple(labels)


def _not_twice(act: Act, recipe: Recipe, kits: Sequence[str]) -> None:
    """Refuse a number that stands twice, or that came before: but for one that was transferred, which may come back."""
    last = {one.line.unit: one for one in moves(lines(act.conn, act.settings.site, recipe.protocol))}
    known = {folded(one.line.kit) for one in last.values() if one.line.what not in ("transferred", "relabelled")}
    alike = [folded(one) for one in kits]
    if twice := sorted({one for one in kits if alike.count(folded(one)) > 1 or folded(one) in known}):
        raise NotAccountedError(f"A number is received once: {', '.join(twice)}.")


def _keep_lot(act: Act, recipe: Recipe, lot: str) -> None:
    row = {"site": act.settings.site, "protocol": recipe.protocol, "drug": folded(recipe.drug), "lot": folded_lot(lot)}
    same = [trial_lot.c[name] == value for name, value in row.items()]
    if act.conn.execute(select(trial_lot.c.lot).where(*same)).first() is None:
        act.conn.execute(insert(trial_lot), row)


def trial_of_lot(conn: Connection, drug: str, lot: str) -> str:
    """Return the trial whose stock has vials of this drug and lot, also what left it; empty where no trial's has (R56).

    A maker's code says nothing of whose stock a vial is: of such a lot only unit labels do.
    """
    if not lot:
        return ""
    alike = (trial_lot.c.drug == folded(drug)) & (trial_lot.c.lot == folded_lot(lot))
    for row in conn.execute(select(trial_lot).where(alike)):
        here = moves(lines(conn, row.site, row.protocol))
        if any(one.line.what == "received" and folded_lot(one.line.lot) == row.lot for one in here):
            return str(row.protocol)
    return ""


def leave(act: Act, label: str, what: What, note: str) -> None:
    """Take a unit out of its stock: returned to the sponsor, destroyed, transferred. Raises NotAccountedError."""
    _two(act)
    came = _in_stock(act, label)
    if what not in LEAVES or len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what becomes of it, and to whom or how, in ten letters at least.")
    if user := views.user_of(act.conn, f"U/{label}"):
        raise NotAccountedError(f"It is staged for preparation {user}.")
    taken_out(act, came, what, note)


def come_back(act: Act, label: str, note: str) -> None:
    """Keep that a subject brought a dispensed unit back: it is written down and never stock again. Raises NotAccountedError."""
    _two(act)
    last = next(reversed(moves(of_unit(act.conn, act.settings.site, label))), None)
    if last is None or last.line.what not in ("dispensed", "returned by subject"):
        raise NotAccountedError("Only what was dispensed comes back from a subject.")
    if last.line.what == "returned by subject":
        raise NotAccountedError(f"It came back already: line {last.seq}. Strike that out first, if it is wrong.")
    if len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what came back, in ten letters at least.")
    write(act, replace(_of(last), what="returned by subject", change=0, note=note.strip(), dose=""))


def strike(act: Act, seq: int, note: str) -> None:
    """Strike a line out: it stays and is read, and counts for nothing. Raises NotAccountedError for one that must stand.

    What a preparation used up may be struck where the unit is found sealed: it comes back under a new unit label, for the old
    one stands in that preparation's own record.
    """
    _two(act)
    found = next((one for one in lines(act.conn, act.settings.site) if one.seq == seq), None)
    if found is None or found.struck or found.line.what in (*NO_MOVE, "relabelled"):
        raise NotAccountedError("There is no such line to be struck out.")
    if found.line.what == "dispensed":
        raise NotAccountedError("What was dispensed stands in the preparation's own record: it is not struck out here.")
    every = of_unit(act.conn, act.settings.site, found.line.unit)
    if moves(every)[-1].seq != seq:
        raise NotAccountedError("More happened to that unit since. Strike out the newest line first.")
    if views.user_of(act.conn, f"U/{found.line.unit}") and found.line.what == "received":
        raise NotAccountedError("It is staged for a preparation: it was received.")
    if len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what was wrong with the line, in ten letters at least.")
    undone = replace(found.line, what="struck", change=-found.line.change, strikes=seq, note=note.strip(), held=None)
    write(act, replace(undone, attested=""))
    if found.line.what == "used up":
        _label_anew(act, next(one for one in every if one.line.what == "received"))


def _label_anew(act: Act, came: Kept) -> None:
    """Give a unit that is found sealed another label: the line of its old one ends, and one under the new one begins."""
    label = clock.new_id()
    write(act, replace(_of(came), what="relabelled", change=-1, note=f"found sealed: its unit label is {label} now"))
    held = replace(came.line.held, unit=f"U/{label}") if came.line.held is not None else None
    note = f"found sealed: its unit label was {came.line.unit}"
    write(act, replace(came.line, unit=label, held=held, note=note, attested=""))


def printed(act: Act, label: str, note: str) -> Line:
    """Keep that a unit's label is printed, once without a reason, and return what it is of. Raises NotAccountedError.

    Two labels of one unit could stand on two vials: whoever prints one again says why.
    """
    came = _in_stock(act, label)
    before = sum(one.line.what == "label printed" for one in of_unit(act.conn, act.settings.site, label))
    if before and len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("It was printed before. Say why once more, and what became of the other label.")
    write(act, replace(_of(came), what="label printed", change=0, note=note.strip() or "first print"))
    return came.line


def used(act: Act, what: What, unit: str, *, preparation: str, subject: str, dose: str, note: str = "") -> None:
    """Write that a preparation took a unit: dispensed to a subject, or used up without a dose. It leaves the stock."""
    came = next(iter(in_stock(of_unit(act.conn, act.settings.site, unit.removeprefix("U/")))), None)
    if came is not None:
        said = replace(_of(came), what=what, change=-1, preparation=preparation, subject=subject, note=note)
        write(act, replace(said, dose=dose if what == "dispensed" else ""))


def by_label(conn: Connection, label: str, site: str = "") -> Found | None:
    """Return the unit that carries this label; in words where it is no stock any more, or none of `site`; None for no trial's."""
    every = of_unit(conn, "", label)
    if not every:
        return None
    last = every[-1].line
    which = f"kit {last.kit} of the trial {last.protocol}"
    if site and not of_unit(conn, site, label):
        return OtherCode(f"{which}, which is stock of another site")
    here = in_stock(every)
    if here and here[0].line.held is not None:
        return here[0].line.held
    became = next((one.line.what for one in reversed(moves(every))), "struck out")
    return OtherCode(f"{which}, which is no stock: {became}")


def not_on_paper(
    conn: Connection, site: str, unit: str, wanted: str, preparation: str, kits: tuple[str, ...] = ()
) -> str:
    """Say why a unit that a downtime sheet names was no stock for a dose of the trial `wanted`; empty where it was (R60).

    `kits`: those that are assigned to the subject; empty where none are.
    """
    label = unit.partition("/")[2]
    found = by_label(conn, label, site)
    if isinstance(found, Container) and found.protocol != wanted:
        return f"it is stock of the trial {found.protocol}"
    if isinstance(found, Container) and (user := views.user_of(conn, unit)) not in (None, preparation):
        return f"it is staged for preparation {user}"
    if isinstance(found, Container) and kits and not any(same_number(found.kit, one) for one in kits):
        return (
            f"it is kit {found.kit or 'without a number'}, and {', '.join(kits)} is assigned. If it was given, discard this "
            "preparation here, enter that kit on the order's page, and enter the sheet for the one that is opened then"
        )
    if isinstance(found, OtherCode):
        return f"it is {found.what}"
    return "" if found is not None or not wanted else f"it is no stock of the trial {wanted}"


def _two(act: Act) -> None:
    if not act.second or act.second == act.who:
        raise NotAccountedError("A second person stands beside, and gives badge and PIN.")


def _of(came: Kept) -> Line:
    return replace(came.line, held=None, retest=None, note="", attested="")


def _in_stock(act: Act, label: str) -> Kept:
    here = in_stock(of_unit(act.conn, act.settings.site, label))
    return here[0] if here else _not_in_stock()


def _not_in_stock() -> NoReturn:
    raise NotAccountedError("That unit is not in stock.")


def taken_out(act: Act, came: Kept, what: What, note: str) -> None:
    """Write that a unit is no stock any more."""
    write(act, replace(_of(came), what=what, change=-1, note=note.strip()))


def write(act: Act, line: Line) -> None:
    """Write a line, with the balance after it."""
    before = balance(act.conn, act.settings.site, line.protocol, line.product)
    said = replace(line, balance=before + line.change, attested=act.attested)
    row = {
        "site": act.settings.site,
        "protocol": line.protocol,
        "product": line.product,
        "unit": line.unit,
        "what": line.what,
        "body": canonical.dump(codec.encode(said)).decode(),
    }
    append_row(act.conn, trial_line, {**row, "at": act.at, "who": act.who, "second": act.second})


def dose_words(mg: Decimal | None) -> str:
    """Return a dose as the record says it; empty for none."""
    return "" if mg is None else f"{amount(mg)} mg"
