"""The sentences that are true of what is counted, and a judge of single events that asks neither the rules nor `decide`."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from workflows import events as happened
from workflows import facts as read
from workflows.circumstances import Circumstances
from workflows.evidence import CabinetCode, Confirmation, Container, Count, Scan
from workflows.facts import Facts, Kept
from workflows.sentences import Breach

COUNTS = ("count-1", "count-2")
CLEAN = "tray and spatula decontaminated and wiped"
A_DAY = {"BID": 2, "Q12H": 2, "TID": 3, "Q8H": 3, "QID": 4, "Q6H": 4}
"""Times a day by the frequencies that are not once; the checker's own table."""


def bottle(f: Facts, slot: str, found: Container, now: Circumstances) -> Iterator[Breach]:
    """Yield what is wrong with a stock bottle that was accepted for `slot` (2, 12)."""
    if f.counted is None:
        return
    recipe = f.counted.recipe
    known = (found.role, found.drug, found.amount_mg) == ("drug", recipe.drug, recipe.strength_mg)
    if not known or found.ndc not in recipe.ndcs or found.item_id not in recipe.items:
        yield Breach(2, f"{found.text} is not what {slot} needs")
    today = now.at.astimezone(ZoneInfo(f.begun.policy.zone)).date()
    if found.expiry is None or found.expiry < today or found.recalled or not found.lot:
        yield Breach(2, f"{found.text} is expired, recalled or of an unknown lot")
    if _short(f, found, now):
        yield Breach(12, f"{found.text} expires on {found.expiry}, while it is taken")
    if found.unit in ("", *(one.unit for _, one in f.inside)):
        yield Breach(2, f"the unit of {found.text} was scanned before, or cannot be told from another")


def tray(f: Facts, found: object) -> Iterator[Breach]:
    """Yield what is wrong with the tray that was accepted (6)."""
    if not isinstance(found, CabinetCode) or found.category != 0:
        yield Breach(6, "the tray is no tray for counting")
    elif found.last_drug not in ("", f.begun.recipe.drug) and not found.decontaminated:
        yield Breach(6, f"{found.code} was not decontaminated")


def bottles(f: Facts) -> list[Container]:
    """Return the stock that is scanned and still counts."""
    return [one for slot, one in f.inside if slot.startswith("stock:")]


def _short(f: Facts, one: Container, now: Circumstances | None = None) -> bool:
    """Say whether stock runs out before all was taken, from the day it is due or from today, whichever is later."""
    order, zone = f.begun.order, ZoneInfo(f.begun.policy.zone)
    first = max((at.astimezone(zone).date() for at in (order.due_at, *((now.at,) if now else ()))), default=None)
    return one.expiry is None or first is None or one.expiry.toordinal() < first.toordinal() + days(f)


def days(f: Facts) -> int:
    """Return on how many days it is taken."""
    order = f.begun.order
    return (order.doses_total or 0) // A_DAY.get(order.frequency, 1)


def counted(f: Facts, slot: str, count: Count, now: Circumstances) -> Iterator[Breach]:
    """Yield what is wrong with a count that was accepted for `slot` (4, 13)."""
    if not bottles(f):
        yield Breach(4, f"{slot} before any stock was identified")
    if sum(one.left or 0 for one in bottles(f)) < read.ordered_number(f):
        yield Breach(12, f"{slot} from stock that does not hold so many")
    if any(_short(f, one, now) for one in bottles(f)):
        yield Breach(12, f"{slot} from stock that expires while it is taken")
    if slot == "count-2" and number(f, "count-1") != count.number:
        yield Breach(13, f"the counts are {number(f, 'count-1')} and {count.number}")
    if slot == "count-2" and f.apart:
        yield Breach(13, "two counts differed, and the first one was not made anew")


def number(f: Facts, slot: str) -> int | None:
    """Return what was counted for `slot`, or None."""
    kept = f.kept.get(slot)
    return kept.evidence.number if kept and isinstance(kept.evidence, Count) else None


def labelled(f: Facts) -> Iterator[Breach]:
    """Yield why no final label may be out yet (4)."""
    if any(number(f, slot) is None for slot in COUNTS):
        yield Breach(4, "a final label came out before both counts stood")


def complete(f: Facts) -> Iterator[Breach]:
    """Yield what is missing of a released count: stock, counts, pictures, sums (1, 2, 3, 11, 12)."""
    if f.counted is None:
        return
    if not isinstance(_evidence(f.kept.get("label-scan")), Scan):
        yield Breach(2, "released without its label identified")
    first, second = f.kept.get("count-1"), f.kept.get("count-2")
    if first is None or second is None or first.version >= second.version:
        yield Breach(3, "released without two counts, one after the other")
    if {number(f, slot) for slot in COUNTS} != {int(read.ordered_number(f))}:
        yield Breach(3, f"released with counts of {number(f, 'count-1')} and {number(f, 'count-2')}")
    yield from sums(f)
    yield from _stocked(f)
    if len(f.photos()) < len(f.begun.policy.photos):
        yield Breach(1, "released without every picture the policy asks for")


def sums(f: Facts) -> Iterator[Breach]:
    """Yield where strength times number is not dose times doses, or a unit would have to be split (11)."""
    if f.counted is None:
        return
    strength, dose, doses = f.counted.recipe.strength_mg, read.dose_mg(f), f.counted.order.doses_total or 0
    if strength * read.ordered_number(f) != dose * doses or dose % strength:
        yield Breach(11, f"{read.ordered_number(f)} of {strength} mg for {doses} times {dose} mg")
    most = f.counted.recipe.most_days
    if most is not None and days(f) > most:
        yield Breach(11, f"{days(f)} days of what is given out for {most}")


def _evidence(kept: Kept | None) -> object:
    return kept.evidence if kept else None


def _stocked(f: Facts) -> Iterator[Breach]:
    """Yield where the stock expires in use, or never held so many (12)."""
    if not bottles(f) or any(not isinstance(_evidence(f.kept.get(slot)), Scan) for slot, _ in f.inside):
        yield Breach(2, "released without its stock identified")
    for one in bottles(f):
        if _short(f, one):
            yield Breach(12, f"released from {one.text}, which expires on {one.expiry}")
    if sum(one.left or 0 for one in bottles(f)) < read.ordered_number(f):
        yield Breach(12, "released from stock that did not hold so many")


def released(f: Facts, e: happened.Released) -> Iterator[Breach]:
    """Yield where the released dose is not strength times number (3)."""
    if f.counted and e.dose_mg != f.counted.recipe.strength_mg * (number(f, "count-2") or 0):
        yield Breach(3, f"released as {e.dose_mg} mg; {number(f, 'count-2')} were counted")


def closed(f: Facts) -> Iterator[Breach]:
    """Yield where a tray in which something lay, or may have lain, is left uncleaned (10)."""
    if f.counted is None or not f.lain:
        return
    cleaned = [f.kept[slot] for slot in ("tray-clean", "waste") if slot in f.kept]
    said = [one for one in cleaned if isinstance(one.evidence, Confirmation) and one.evidence.item == CLEAN]
    if not any(one.version > f.lain for one in said):
        yield Breach(10, "closed without the decontamination of tray and spatula")
