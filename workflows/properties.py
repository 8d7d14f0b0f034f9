"""The nine safety sentences, and a judge of single events that asks neither the rules nor `decide`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows import facts as read
from workflows import facts_of_doses as doses
from workflows import facts_of_pumps as pumped
from workflows import facts_of_volumes as volumes
from workflows import properties_of_counts as counts
from workflows import properties_of_opened as opened
from workflows import properties_of_oral as mouth
from workflows import properties_of_trials as trials
from workflows.circumstances import Actor, Circumstances
from workflows.copying import replace
from workflows.evidence import CabinetCode, Container, LabelCode, Printed, Scan, Signature, Weighing
from workflows.facts import PAIRS, Facts
from workflows.made_of import MATERIALS
from workflows.margins import joined, too_close
from workflows.properties_of_readings import on_a_balance
from workflows.sentences import Breach

FINISHING = frozenset(
    {
        "recon-after",
        "recon-mixed",
        "syringe-full",
        "syringe-used",
        "bag-after",
        "label-scan",
        "photo-final",
        "tray-clean",
    }
    | {"fluid-full", "reservoir-full", "reservoir-closed", "programme", "photo-pump", "programme-check"}
    | {"syringe-photo", "syringe-read", "bag-mixed", "added-check"}
)
"""Steps that end an act already begun: the clocks, and they alone, let them finish (R36)."""
AT_A_DESK = frozenset({"verify", "premix", "approve", "label-print", "release", "waste", "waste-on"})
"""Steps for which nobody needs a cabinet or gloves."""
INDEPENDENT = {"premix": "pre-mix approved", "approve": "approved for release"}
"""Signatures that nobody gives who took part, and what they mean."""
OWN_STOPS = frozenset({"equipment", "other"})
"""Stops that the technician may end alone."""


Found = Iterator[Breach]


def is_pharmacist(who: Actor | None) -> bool:
    """Say whether `who` is a pharmacist licensed for this site."""
    return who is not None and "pharmacist" in who.roles and bool(who.licence)


def is_technician(f: Facts, who: Actor | None, now: Circumstances) -> bool:
    """Say whether `who` is a technician whose every competency is current."""
    if who is None or not who.roles & {"technician", "lead_technician"}:
        return False
    held, codes = dict(who.competencies), f.begun.policy.competencies
    wanted = (*codes, *mouth.codes(f), *(("PUMP-CADD",) if f.begun.order.container == "cassette" else ()))
    return all(code in held and now.at < held[code] for code in wanted)


def may_finish(f: Facts, who: Actor | None, now: Circumstances) -> bool:
    """Say whether `who` is such a technician, or has emergency access open while the preparation is somebody's."""
    helps = who is not None and who.emergency is not None and now.at < who.emergency.until and f.holder != ""
    return helps or is_technician(f, who, now)


def signed(f: Facts, step: str, signature: Signature, now: Circumstances) -> Found:
    """Yield what is wrong with a signature given for `step`: whose, what it means, over what (1, 2, 5, 7)."""
    if not is_pharmacist(now.who):
        yield Breach(5, f"{now.who.name} signed {step} and is no licensed pharmacist")
    if step in INDEPENDENT and now.who.id in f.preparers:
        yield Breach(1 if step == "approve" else 5, f"{now.who.name} took part and signed {step}")
    verified = "order verified" + (", making by volume authorised" if volumes.by_volume(f.begun) else "")
    if signature.meaning != INDEPENDENT.get(step, verified):
        yield Breach(1, f"{step} was signed as {signature.meaning}")
    if (signature.name, signature.licence) != (now.who.name, now.who.licence):
        yield Breach(1, f"{step} was signed in another's name")
    if signature.over != now.head:
        yield Breach(1, f"{step} was signed over an older page")
    asked = step in INDEPENDENT and now.release_signature == "passkey"
    if (asked or signature.method == "passkey") and not _signed_by_key(signature, now):
        yield Breach(1, f"{step} was signed without a passkey's answer to exactly this")
    if step in INDEPENDENT and now.recalled:
        yield Breach(2, f"{step} was signed although {now.recalled} was recalled")
    if step in INDEPENDENT:
        yield from _seen(f, step, signature, now)


def _signed_by_key(signature: Signature, now: Circumstances) -> bool:
    """Work out once more what the key had to sign, and find it in the answer."""
    answer = signature.assertion
    if answer is None or signature.method != "passkey":
        return False
    parts = (signature.meaning, answer.nonce, signature.over, now.preparation, now.who.id)
    asked = dict(zip(("meaning", "nonce", "over", "preparation", "signer"), parts, strict=True))
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(b"vialtrace/sign/1\0" + text.encode()).digest()
    page = json.loads(base64.urlsafe_b64decode(answer.client_data + "=="))
    return bool(base64.urlsafe_b64decode(page["challenge"] + "==") == digest)


def _seen(f: Facts, step: str, signature: Signature, now: Circumstances) -> Found:
    if f.to_be_seen() - set(signature.photos_seen):
        yield Breach(1, f"{step} was signed with photos not seen")
    if f.typed() - set(signature.accepts):
        yield Breach(2, f"{step} was signed with typed codes not accepted")
    limit = read.beyond_use(f)
    if limit is None or limit <= now.at:
        yield Breach(7, f"{step} was signed past the beyond-use time, or without one")


def protected(f: Facts, slot: str, now: Circumstances) -> Found:
    """Yield what is wrong with the cabinet, the equipment and the clocks as `slot` is filled (6)."""
    step = slot.partition(":")[0]
    if step in AT_A_DESK or step == "cabinet":
        return
    if now.occupied_by:
        yield Breach(6, f"{slot} while another preparation is open in the cabinet")
    cabinet = f.kept.get("cabinet")
    if cabinet is None or cabinet.station != now.station:
        yield Breach(6, f"{slot} without a cabinet of this station")
    if step in ("ppe", "apart"):
        return
    policy = f.begun.policy
    if any(f"ppe:{item}" not in f.kept for item in policy.ppe):
        yield Breach(6, f"{slot} before all protective equipment was confirmed")
    if step in FINISHING:
        return
    for name, on, minutes in (("gloves", f.gloves_at, policy.glove_minutes), ("gown", f.gown_at, policy.gown_minutes)):
        if on is None or now.at - on >= timedelta(minutes=minutes):
            yield Breach(6, f"{slot} was started on an expired {name} clock")


def scanned(f: Facts, slot: str, scan: Scan, now: Circumstances) -> Found:
    """Yield what is wrong with what was scanned for `slot` (2, 6)."""
    step, found = slot.partition(":")[0], scan.found
    if step == "cabinet":
        yield from _cabinet(f, found, now)
    elif step == "stock" and isinstance(found, Container):
        yield from counts.bottle(f, slot, found, now)
        yield from trials.taken(f, slot, found)
        yield from _witnessed(f, slot, scan, now)
    elif step == "label-scan":
        yield from _label(found, f.final, "final")
    elif step == "release":
        yield from _label(found, f.in_process, "in_process")
    elif isinstance(found, Container):
        yield from _identified(f, slot, found, now)
        yield from opened.taken_in(f, slot, found, now)
        yield from trials.taken(f, slot, found)
        yield from _witnessed(f, slot, scan, now)
    else:
        yield Breach(2, f"{slot} was filled with something that is no container")


def _label(found: object, live: Printed | None, kind: str) -> Found:
    right = isinstance(found, LabelCode) and live is not None and found.label_kind == kind and not found.void
    if not right or (found.label_id, found.copy) != (live.label_id, live.copy):  # type: ignore[attr-defined,union-attr]  # right says they are
        yield Breach(2, f"the {kind} label scanned is not this preparation's live one")


def _cabinet(f: Facts, found: object, now: Circumstances) -> Found:
    if f.counted:
        yield from counts.tray(f, found)
    elif not isinstance(found, CabinetCode):
        yield Breach(6, "the cabinet is no cabinet")
    elif found.certified_until is None or found.certified_until <= now.at:
        yield Breach(6, f"{found.code} is not certified")
    elif found.last_drug not in ("", f.opened.recipe.drug) and not found.decontaminated:
        yield Breach(6, f"{found.code} was not decontaminated")
    if now.occupied_by:
        yield Breach(6, "another preparation is open in the cabinet")
    yield from () if f.counted else opened.stands_alone(f, now)


def _identified(f: Facts, slot: str, found: Container, now: Circumstances) -> Found:
    step, recipe, base = slot.partition(":")[0], f.opened.recipe, f.opened.order.base
    making, made, pump = recipe.reconstitution, recipe.reservoir, f.opened.plan.pump
    drug = (found.role, found.drug, found.concentration_mg_ml, found.amount_mg)
    right = {
        "vial": drug == ("drug", recipe.drug, recipe.concentration_mg_ml, recipe.vial_mg)
        and found.ndc in recipe.ndcs
        and found.item_id in recipe.items,
        "diluent": found.role == "diluent" and making is not None and found.fluid == making.diluent,
        "base": (found.role, found.fluid, found.volume_ml) == ("base", base and base.fluid, base and base.volume_ml)
        and recipe.bag in ("", found.part),
        "fluid": made is not None and found.fluid == made.fluid and (found.volume_ml or 0) >= pumped.fluid_ml(f.opened),
        "reservoir": pump is not None and (found.part, found.volume_ml) == (pump.part, pump.capacity_ml),
        "dispenser": mouth.is_for_it(f, found),
        "device": found.role == "device" and found.part == slot.partition(":")[2].rpartition(":")[0],
    }
    if not right.get(step, False):
        yield Breach(2, f"{found.text} is not what {slot} needs")
    touched, apart = set(found.materials), set(recipe.keeps_from)
    named = bool(touched) and touched <= {*MATERIALS}
    if step in ("base", "reservoir", "device") and apart and (not named or touched & apart):
        yield Breach(2, f"{found.text} is not known to be free of what the drug is kept from")
    today = now.at.astimezone(ZoneInfo(f.opened.policy.zone)).date()
    if found.expiry is None or found.expiry < today or found.recalled or not found.lot:
        yield Breach(2, f"{found.text} is expired, recalled or of an unknown lot")
    known = [one.unit for _, one in f.inside] + [one.unit for one in f.aside]
    if now.used_by:
        yield Breach(2, f"{found.text} was used for another preparation")
    piece = step in ("device", "dispenser")
    if found.unit in known if piece and found.unit else not piece and found.unit in ("", *known):
        yield Breach(2, f"the unit of {found.text} was scanned before, or cannot be told from another")


def _witnessed(f: Facts, slot: str, scan: Scan, now: Circumstances) -> Found:
    if scan.how != "typed":
        return
    second = now.second
    apart = second is not None and second.id != now.who.id
    if not apart or not (is_pharmacist(second) or is_technician(f, second, now)) or not scan.photo:
        yield Breach(2, f"{slot} was typed without an entitled witness or without a photo")


def weighed(f: Facts, slot: str, weighing: Weighing, now: Circumstances) -> Found:
    """Yield what is wrong with a weighing accepted for `slot`: identity, balance, pair, limits (3, 4)."""
    step, colon, unit = slot.partition(":")
    needed = {f"vial:{k}" for k in range(1, read.vials(f) + 1)} | ({"base"} if read.in_a_bag(f) else set())
    needed |= {"reservoir"} if pumped.in_a_pump(f.begun.order) else set()
    needed |= {"fluid"} if pumped.fluid_syringes(f.opened) else set()
    needed |= {"diluent"} if f.opened.recipe.reconstitution and _sealed(f) else set()
    if any(name not in f.kept or f.kept[name].evidence is None for name in needed):
        yield Breach(4, f"{slot} was weighed before every ingredient was identified")
    yield from mouth.drawn(f, slot)
    yield from on_a_balance(f, slot, weighing, now)
    balance = now.balance
    if balance is None:
        return
    making, bottle = f.opened.recipe.reconstitution, dict(f.inside).get("diluent")
    if (
        step == "recon-before"
        and making
        and (making.volume_ml * (f.diluted + 1) > (getattr(bottle, "volume_ml", 0) or 0))
    ):
        yield Breach(2, f"{slot}: the diluent that was scanned does not hold enough for it")
    if f.wet(slot):
        yield Breach(3, f"{slot} was weighed as empty with liquid in it")
    until = read.opened_until(f)
    if until is not None and until <= now.at and step in ("syringe-full", *read.MIXED):
        yield Breach(7, f"{slot}: the vials were open too long")
    if step in read.ENTERED:
        yield from _second_opinion(_with(f, slot, weighing, now), slot, balance.repeatability_g)
    if step not in PAIRS:
        return
    if slot in f.over:
        yield Breach(3, f"{slot} was too much before, and something was taken out again")
    yield from _paired(f, slot, f.weighing(f"{PAIRS[step]}{colon}{unit}"), weighing)
    if f.outside.get(slot, 0) >= f.opened.policy.max_attempts:
        yield Breach(3, f"{slot} was weighed more often than the policy allows")
    spread = max(balance.repeatability_g, balance.division_g * Decimal("0.41"))
    least = Decimal(2).sqrt() * 2 * spread / f.opened.policy.weigh_gate
    wanted = read.expected(f, slot)
    judged = wanted is not None and wanted[0] >= least
    if not judged and step in ("syringe-full", "fluid-full"):
        yield Breach(3, f"{slot} is too small for this balance")
    yield from _within(_with(f, slot, weighing, now), slot) if judged else ()
    yield from _clear(f, slot, weighing, now) if judged else ()


def _second_opinion(f: Facts, slot: str, noise: Decimal) -> Found:
    """Yield where a vial after the draws, or a used syringe, gainsays the draws (R3, R4)."""
    step, _, unit = slot.partition(":")
    if step == "vial-before":
        return
    first, now = (
        read.full_vial(f, unit) if step == "vial-after" else f.weighing(f"syringe-empty:{unit}"),
        f.weighing(slot),
    )
    if step == "vial-opened":
        yield from opened.weighed_in(f, slot, now, noise)
        return
    if first is None or now is None or first.balance != now.balance:
        yield Breach(3, f"{slot} has no earlier reading of the same balance")
        return
    least = 3 * Decimal(2).sqrt() * noise
    if step == "syringe-used":
        allowed = max((read.draw_g(f, int(unit)) or 0) * Decimal("0.005"), Decimal("0.15"))
        if abs(now.g - first.g) > allowed:
            yield Breach(3, f"{slot}: {now.g - first.g} g stayed in the syringe")
        return
    if now.g - first.g > least:
        yield Breach(3, f"{slot} is heavier than before")
    yield from _balanced(f, slot, least)


def _balanced(f: Facts, slot: str, least: Decimal) -> Found:
    left = read.left_vials(f)
    drawn = sum((read.draw_g(f, unit) or Decimal(0) for unit in range(1, read.syringes(f) + 1)), Decimal(0))
    wanted = read.expected(f, "bag-after")
    if left is None or wanted is None:
        return
    apart, off = abs(left - drawn), abs(left - wanted[0])
    if apart > max(drawn * Decimal("0.02"), least) or off > wanted[0] * wanted[1]:
        yield Breach(3, f"{slot}: {left} g left the vials, {drawn} g are in the syringes")


def _paired(f: Facts, slot: str, first: Weighing | None, second: Weighing) -> Found:
    if first is None or (first.balance, first.epoch, first.mode) != (second.balance, second.epoch, second.mode):
        yield Breach(3, f"{slot} and the reading before are no pair")
    elif second.taken_at - first.taken_at > timedelta(minutes=f.opened.policy.pair_minutes):
        yield Breach(3, f"{slot} came too long after the reading before")


def _with(f: Facts, slot: str, weighing: Weighing, now: Circumstances) -> Facts:
    kept = read.Kept(weighing, now.who.id, "", now.at, 0, now.station)
    return replace(f, kept={**f.kept, slot: kept}, loads={**f.loads, slot: (weighing,)})


def _clear(f: Facts, slot: str, weighing: Weighing, now: Circumstances) -> Found:
    """Yield where an amount is nearer to a limit than it may be off, by all readings of what is on the pan (3)."""
    balance, load = now.balance, f.loads.get(slot, ())
    said = (weighing.repeatability_g, weighing.division_g)
    if balance is None or said != (balance.repeatability_g, balance.division_g):
        yield Breach(3, f"{slot} does not say what its balance can do")
    if load and load[-1].taken_at >= weighing.taken_at:
        yield Breach(3, f"{slot}: a reading that was no pass was handed in again")
    after = replace(_with(f, slot, weighing, now), loads={**f.loads, slot: joined(load, weighing)})
    for says in too_close(after, slot):
        yield Breach(3, says)


def _within(f: Facts, slot: str) -> Found:
    wanted, found = read.expected(f, slot), read.gained(f, slot)
    if wanted is None or found is None or abs(found - wanted[0]) > wanted[0] * wanted[1]:
        yield Breach(3, f"{slot}: {found} g is not within {wanted} g")
        return
    if doses.off_label(f, slot, found):
        yield Breach(3, f"{slot}: the concentration is off its label")
    total, dose = read.dispensed_mg(f), read.dose_mg(f)
    if slot.startswith("syringe") and total is not None:
        policy = f.opened.policy
        if abs(total - dose) > dose * min(policy.dose_tolerance, policy.dispensed_ceiling):
            yield Breach(3, f"all draws together hold {total} mg of {dose} mg")


def complete(f: Facts) -> Found:
    """Yield what is missing of a released preparation: ingredients, transfers, pictures, holds (1, 2, 3)."""
    if f.counted:
        yield from counts.complete(f)
        return
    powder = f.opened.recipe.reconstitution is not None and bool(_sealed(f))
    vials = [str(k) for k in range(1, read.vials(f) + 1)]
    bag = read.in_a_bag(f)
    named = [f"vial:{k}" for k in vials] + ["label-scan"] + (["base"] if bag else []) + (["diluent"] if powder else [])
    transfers = [f"syringe-full:{k}" for k in range(1, read.syringes(f) + 1)] + (["bag-after"] if bag else [])
    if pumped.in_a_pump(f.begun.order):
        fluids = [f"fluid-full:{k}" for k in range(1, pumped.fluid_syringes(f.opened) + 1)]
        named, transfers = (
            [*named, "reservoir", *(["fluid"] if fluids else [])],
            [*transfers, *fluids, "reservoir-full"],
        )
    named += ["dispenser:1"] if mouth.by_mouth(f.begun.order) else []
    for slot in named:
        if slot not in f.kept or not isinstance(f.kept[slot].evidence, Scan):
            yield Breach(2, f"released without {slot} identified")
    for slot in transfers + [f"recon-after:{k}" for k in _sealed(f) if powder]:
        if f.weighing(slot) is None or read.gained(f, slot) is None:
            yield Breach(3, f"released without {slot} weighed")
    yield from _weighed_again(f)
    yield from opened.unweighed(f)
    if len(f.photos()) < len(f.opened.policy.photos):
        yield Breach(1, "released without every picture the policy asks for")
    if f.opened.recipe.hold and "premix" not in f.kept:
        yield Breach(1, "released without its pre-mix approval")


def _sealed(f: Facts) -> list[str]:
    """Return the numbers of the vials that no earlier dose was drawn from."""
    return [str(k) for k in range(1, read.vials(f) + 1) if read.opened_before(f, str(k)) is None]


def _weighed_again(f: Facts) -> Found:
    """Yield which vials and used syringes were not weighed, where they have to be (R3, R4)."""
    if read.vials_weighed(f) and read.left_vials(f) is None:
        yield Breach(3, "released though vials were not weighed after the draws")
    used = [f"syringe-used:{unit}" for unit in range(1, read.syringes(f) + 1)]
    injected = read.in_a_bag(f) or pumped.in_a_pump(f.begun.order)
    if injected and f.opened.policy.weigh_used_syringes and any(f.weighing(slot) is None for slot in used):
        yield Breach(3, "released though a used syringe was not weighed")
