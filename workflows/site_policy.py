"""A site's policy as people write it: what must be right before two may sign it, and what each value says (R11, R13, R36)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from itertools import pairwise

from workflows import counting, plan, pump_register, recipe_findings
from workflows.added import AT, AddedConfirmation, Point
from workflows.by_volume import WHYS
from workflows.clearances import Requirement
from workflows.fatal import BY_SPINE, VINCAS, named
from workflows.library import LIBRARY
from workflows.recipe import LibraryEntry, Policy, ToleranceBand, Worn
from workflows.steps import Moved
from workflows.wording import amount

ASIDE = frozenset({"version", "signed_by"})
"""Fields that signing sets."""
TIGHTEST = Decimal("0.001")
"""A relative limit below this is a percentage that lost its two digits: 0.05 where 5 was meant."""
WEIGHABLE = Decimal("0.01")
"""Greatest relative error that a scale's repeatability may cause, whatever a site thinks of it (R13)."""
GLOVES, GOWN = 30, 180
"""Longest minutes that gloves and gown are worn (R36)."""
PAIR = 30
"""Longest minutes for which a before-weight is good."""
ATTEMPTS = 3
"""Most weighings of one draw (R14)."""
FRACTIONS = ("tolerance", "ceiling", "gate")
"""How the names of values end that are parts of one, said in percent."""
LEAST_DEAD_ML, MOST_DEAD_ML = Decimal("0.05"), Decimal(5)
"""mL of an opened vial that no syringe reaches: the least and the most that a site may count on (R32)."""
CLEANING = ("deactivated", "decontaminated", "cleaned", "disinfected")
"""What is done to a cabinet between two hazardous drugs, in this order (R42): no item that is put on is called so."""
MOST_ITEM, MOST_ITEMS = 60, 12
"""Letters of an item that is put on, and items of one activity: a screen shows them whole."""
MOST_ADDED = 20
"""Sentences that a policy adds, and things that it has confirmed of an order: as many by the form as by a program."""
LEAST_SENTENCE, MOST_SENTENCE = 4, 90
"""Letters of a sentence that a site has confirmed: a screen shows it whole."""
LIGHTEST_LABEL_G, HEAVIEST_LABEL_G, WIDEST_LABEL_G = Decimal("0.05"), Decimal(1), Decimal("0.2")
"""g that a unit label can weigh, and the most by which a site may let one be off (R32): less than any drop that matters."""
PICTURES = ("staged", "syringes", "empty vials", "final")
"""Pictures that a preparation by weight can ask for (R21)."""
PICTURES_OF_COUNTS = ("stock", "tray", "final")
"""Pictures that a count can ask for."""


def wrong_in(policy: Policy) -> tuple[str, ...]:
    """Return everything in a policy that cannot be right, in words; nothing where it may be signed."""
    found = [one.says for one in plan.too_loose(policy, hold=False, pump=True)]
    if policy.counting is not None:
        found += [one.says for one in counting.too_loose(policy.counting)]
    found += pump_register.wrong_in(policy.pump_library)
    if policy.share_vials and not policy.cstd:
        found.append(
            "Without closed-system devices nothing that was opened is kept: a site that shares vials scans them."
        )
    found += [*_in_cabinet(policy)]
    if policy.share_vials and not policy.weigh_vials:
        found.append(
            "A site that shares vials weighs them after the draws: else nobody knows which of several gave how much."
        )
    if policy.worn is not None:
        found += [*_worn(policy.worn)]
    found += [*_additions(policy.adds), *_moves(policy.moves), *_not_taken(policy)]
    return (*found, *_bands(policy.bands), *_numbers(policy), *_lists(policy), *_requirements(policy.requires))


def worn_for(policy: Policy) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each activity with what a policy has put on for it; what it does not say is left out (R35)."""
    worn, counted = policy.worn, policy.counting
    known = (
        ("Compound in a cabinet", policy.ppe), ("Count tablets and capsules", counted.ppe if counted else ()),
        ("Receive and unpack", worn.receive if worn else ()), ("Clean a cabinet", worn.clean if worn else ()),
        ("Clean up a spill", worn.spill if worn else ()), ("Discard leftovers", worn.waste if worn else ()),
    )  # fmt: skip
    return tuple(one for one in known if one[1])


def _in_cabinet(policy: Policy) -> Iterator[str]:
    """Yield what is wrong with what is put on to compound and to count: no site compounds without two pairs and a gown (R35)."""
    for activity, items in (("compound", policy.ppe), ("count", policy.counting.ppe if policy.counting else ())):
        yield from (says for one in items for says in _item(activity, one))
        if len(items) > MOST_ITEMS:
            yield f"At most {MOST_ITEMS} items are put on to {activity}."
    gloves = [one.casefold() for one in policy.ppe if plan.asks_gloves((one,))]
    if len(set(gloves)) < len(gloves):
        yield "What is worn to compound stands once each: say which gloves are the inner and which the outer."
    elif gloves and len(gloves) < 2 and not any(pair in gloves[0] for pair in TWO_PAIRS):  # two pairs
        yield "Hazardous drugs are compounded in two pairs of gloves (R35): the policy asks for one."
    if policy.ppe and not any("gown" in one.casefold() for one in policy.ppe):
        yield "Hazardous drugs are compounded in a gown (R35): the policy asks for none."


def _worn(worn: Worn) -> Iterator[str]:
    for activity, items in (
        ("receive drugs", worn.receive), ("clean a cabinet", worn.clean),
        ("clean up a spill", worn.spill), ("discard waste", worn.waste),
    ):  # fmt: skip
        if not plan.asks_gloves(items):
            yield f"Nobody is asked for gloves to {activity}: handling hazardous drugs takes them (R35)."
        if len({one.casefold() for one in items}) < len(items):
            yield f"What is worn to {activity} stands once each."
        if len(items) > MOST_ITEMS:
            yield f"At most {MOST_ITEMS} items are put on to {activity}."
        for one in items:
            yield from _item(activity, one)


def _item(activity: str, one: str) -> Iterator[str]:
    """Yield why `one` is no item that is put on: nothing, too much, what is done and not worn, or what is not worn."""
    if not _written(one) or len(one) > MOST_ITEM:
        yield f"What is put on to {activity} is one line of 1 to {MOST_ITEM} letters: “{one}”."
    elif one.casefold() in CLEANING:
        yield f"“{one}” is done to a cabinet, not put on to {activity}."
    elif plan.NOT_WORN.search(one):
        yield f"“{one}” says what is not put on to {activity}: leave it out."


def _written(text: str) -> bool:
    """Say whether it is one line with something on it, and nothing that no screen shows."""
    return bool(text.strip()) and text == text.strip() and text.isprintable()


TWO_PAIRS = ("two", "double", "2 ", "pairs")
"""Words by which an item of gloves is known to be two pairs."""
LEAST_WORN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("two pairs of gloves", "clean spill waste", TWO_PAIRS),
    ("a gown", "clean spill waste", ("gown", "coverall", "suit")),
    ("eyes or face", "spill", ("face", "goggle", "eye", "visor")),
    ("a respirator", "spill", ("respirator", "ffp", "n95", "p100", "papr")),
    ("shoe covers", "clean spill", ("shoe", "boot", "overshoe")),
)
"""What `hazards.WEAR` proposes (R35), for which parts of `Worn`, and the words by which an item is known to be it."""


def less_than_proposed(policy: Policy) -> tuple[str, ...]:
    """Return what R35 proposes and a policy does not have put on, in words: whoever signs it reads that first.

    It is told by words that stand in the site's own items; one that the site calls otherwise is told too.
    """
    if policy.worn is None:
        return ()
    found: list[str] = []
    for part, activity in (("clean", "clean a cabinet"), ("spill", "clean up a spill"), ("waste", "discard leftovers")):
        items = " ; ".join(getattr(policy.worn, part)).casefold()
        lacks = [
            what for what, of, known in LEAST_WORN if part in of.split() and not any(one in items for one in known)
        ]
        found += [f"To {activity}, less is put on than is proposed: {', '.join(lacks)}."] if lacks else []
    return tuple(found)


def given_up(before: Policy | None, policy: Policy) -> tuple[str, ...]:
    """Return what a version may not leave out again that was signed before: what is worn for the other activities (R35)."""
    if before is None or before.worn is None or policy.worn is not None:
        return ()
    return (
        "What is worn to receive, clean, mop up and discard was signed: a new version changes it, and leaves none out.",
    )


def _additions(adds: tuple[AddedConfirmation, ...]) -> Iterator[str]:
    if len({(one.at, one.says.strip().casefold()) for one in adds}) < len(adds):
        yield "A sentence that is added stands once at its point."
    if len(adds) > MOST_ADDED:
        yield f"A policy adds at most {MOST_ADDED} sentences."
    for one in adds:
        if not LEAST_SENTENCE <= len(one.says) <= MOST_SENTENCE or not _written(one.says):
            yield f"A sentence that is added is one line of {LEAST_SENTENCE} to {MOST_SENTENCE} letters: “{one.says}”."
        yield from _whose(one)
        known = [name for name in one.workflows if name in LIBRARY and _has(name, one.at)]
        for name in known if asked_in(replace(one, workflows=())) else ():
            if name not in asked_in(one):
                yield f"{name} makes no {one.group}: nothing would ask “{one.says}”."
        for name in one.workflows:
            if name not in LIBRARY:
                yield f"No workflow is called {name}. There are: {', '.join(LIBRARY)}."
            elif not _has(name, one.at):
                yield f"{name} has no point {one.at}: nothing would ask “{one.says}”."


def _has(name: str, at: Point) -> bool:
    return AT[at] in {step.name for step in LIBRARY[name].steps()}


def asked_in(one: AddedConfirmation) -> tuple[str, ...]:
    """Return the workflows that can ask it: they have its point, and make what its group names (R22, L3)."""
    makes = {"every drug": None, "vinca drugs": recipe_findings.WITH_BASE, "intrathecal doses": ("syringe",)}[one.group]
    return tuple(
        name
        for name, workflow in LIBRARY.items()
        if (not one.workflows or name in one.workflows)
        and _has(name, one.at)
        and (makes is None or not set(makes).isdisjoint(workflow.makes))
    )


def _whose(one: AddedConfirmation) -> Iterator[str]:
    """Yield why no preparation would ever be asked `one`, for its group, its point or its drugs."""
    if not asked_in(replace(one, workflows=())):
        yield f"No workflow with a point {one.at} makes {one.group}: nothing would ask “{one.says}”."
    drugs = tuple(name.casefold() for name in one.drugs)
    if not all(_written(name) for name in (*one.drugs, *one.workflows)):
        yield f"A drug or workflow of “{one.says}” is empty, or has letters that no screen shows."
    if len(set(drugs)) < len(drugs):
        yield f"Each drug of “{one.says}” stands once."
    for name in drugs:
        if one.group == "vinca drugs" and not named(name, VINCAS):
            yield f"{name} is no vinca drug: nothing would ask “{one.says}” of it."
        if one.group == "intrathecal doses" and named(name, BY_SPINE):
            yield f"{name} is never given intrathecally: nothing would ask “{one.says}” of it."


MOVED_PICTURES = {"photo-syringes": "syringes", "photo-empty": "empty vials"}
"""What a policy calls the picture of a step that it may have taken elsewhere."""


def _not_taken(policy: Policy) -> Iterator[str]:
    """Yield where a picture is to be taken elsewhere that the policy does not ask for."""
    moved = {part.to: part.step.name for one in LIBRARY.values() for part in one.parts if isinstance(part, Moved)}
    for to in policy.moves:
        if to in moved and MOVED_PICTURES[moved[to]] not in policy.photos:
            yield f"“{to}” moves a picture that this policy does not ask for: {MOVED_PICTURES[moved[to]]}."


def _moves(moves: tuple[str, ...]) -> Iterator[str]:
    known = tuple(dict.fromkeys(to for one in LIBRARY.values() for to in one.moves()))
    if strange := [one for one in moves if one not in known]:
        yield f"No picture may be taken elsewhere as {', '.join(strange)}. There are: {'; '.join(known)}."
    if len(set(moves)) < len(moves):
        yield "Where a picture is taken stands once."


def _bands(bands: tuple[ToleranceBand, ...]) -> Iterator[str]:
    if not bands or bands[-1].above_ml != 0:
        yield "The last line of the draw tolerances is for more than 0 mL, so that every volume has one."
    if any(upper.above_ml <= lower.above_ml for upper, lower in pairwise(bands)):
        yield "The draw tolerances go from the largest volume down."
    if any(one.tolerance is not None and one.tolerance < TIGHTEST for one in bands):
        yield f"A draw tolerance is at least {amount(TIGHTEST * 100)} %."


def _numbers(policy: Policy) -> Iterator[str]:
    limits = (policy.dose_tolerance, policy.dispensed_ceiling, policy.filled_tolerance, policy.volume_tolerance)
    if min(limits) < TIGHTEST:
        yield f"A tolerance is at least {amount(TIGHTEST * 100)} %."
    if not TIGHTEST <= policy.weigh_gate <= WEIGHABLE:
        yield f"The weighing gate is {amount(TIGHTEST * 100)} to {amount(WEIGHABLE * 100)} %."
    if not LEAST_DEAD_ML <= policy.dead_ml <= MOST_DEAD_ML:
        yield f"What cannot be drawn out of an opened vial is {amount(LEAST_DEAD_ML)} to {amount(MOST_DEAD_ML)} mL."
    if not LIGHTEST_LABEL_G <= policy.label_g <= HEAVIEST_LABEL_G:
        yield f"A unit label weighs {amount(LIGHTEST_LABEL_G)} to {amount(HEAVIEST_LABEL_G)} g. Weigh ten and divide."
    if not 0 < policy.label_within_g <= WIDEST_LABEL_G or policy.label_within_g >= policy.label_g:
        yield f"A unit label may be off by at most {amount(WIDEST_LABEL_G)} g, and by less than it weighs."
    for what, value, most in (
        ("Weighings of one draw", policy.max_attempts, ATTEMPTS),
        ("Minutes of a pair of gloves", policy.glove_minutes, GLOVES),
        ("Minutes of a gown", policy.gown_minutes, GOWN),
        ("Minutes of a before-weight", policy.pair_minutes, PAIR),
    ):
        if not 1 <= value <= most:
            yield f"{what} are 1 to {most}."


def _lists(policy: Policy) -> Iterator[str]:
    sizes = policy.syringes_ml
    if not sizes or sizes[0] <= 0 or any(after <= before for before, after in pairwise(sizes)):
        yield "The syringes in stock go from the smallest up, each above 0 mL."
    if strange := [one for one in policy.by_volume if one not in WHYS]:
        yield f"Nothing is made by volume for {', '.join(strange)}. It may be for: {', '.join(WHYS)}."
    known: list[tuple[tuple[str, ...], tuple[str, ...]]] = [(policy.photos, PICTURES)]
    if policy.counting is not None:
        known.append((policy.counting.photos, PICTURES_OF_COUNTS))
    for photos, names in known:
        if strange := [one for one in photos if one not in names]:
            yield f"No picture is called {', '.join(strange)}. There are: {', '.join(names)}."


def _requirements(asked: tuple[Requirement, ...]) -> Iterator[str]:
    names = [one.name.strip().casefold() for one in asked]
    if "" in names:
        yield "Each thing that is confirmed of an order has a name."
    if len(names) > MOST_ADDED:
        yield f"A policy has at most {MOST_ADDED} things confirmed of an order."
    if len(set(names)) < len(names):
        yield "Two things that are confirmed of an order have the same name."
    for one in asked:
        if not one.entered_by:
            yield f"{one.name}: say who may enter it."
        if any(number is not None and number < 1 for number in (one.hours, one.most_days)):
            yield f"{one.name}: hours and days are above 0. Leave them empty where there is no limit."


def signed(policy: Policy, version: int, names: tuple[str, ...]) -> Policy:
    """Return the policy as two people signed it. Raises ValueError for fewer, and where anything is wrong in it."""
    if len({name.strip().casefold() for name in names}) < 2:  # two people
        raise ValueError("a policy is signed by two people")
    if faults := wrong_in(policy):
        raise ValueError(" ".join(faults))
    return replace(policy, version=version, signed_by=names)


def values(part: object, under: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and words of each value of a policy, those of its parts under their part's name."""
    if not is_dataclass(part):
        return
    for field in fields(part):
        value, name = getattr(part, field.name), f"{under}{field.name}"
        if field.name in ASIDE:
            continue
        if is_dataclass(value):
            yield from values(value, f"{name}.")
        else:
            yield name, words(field.name, value)


def words(name: str, value: object) -> str:
    """Return what a value says: fractions in percent, several on lines of their own, empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "\n".join(words(name, one) for one in value)
        case ToleranceBand():
            allowed = "no weight alone" if value.tolerance is None else f"{amount(value.tolerance * 100)} %"
            return f"over {amount(value.above_ml)} mL: {allowed}"
        case Requirement():
            return _asked(value)
        case AddedConfirmation():
            return _added(value)
        case LibraryEntry():
            reach = f"{value.drug}, {amount(value.least_mg_ml)} to {amount(value.most_mg_ml)} mg/mL"
            signers = "signed by " + " and ".join(one for one in (value.pharmacist, value.nurse) if one) or "nobody"
            return f"{value.entry} version {value.version}: {reach}, at most {amount(value.most_ml_h)} mL/h; {signers}"
        case Decimal():
            return f"{amount(value * 100)} %" if name.endswith(FRACTIONS) else amount(value)
        case _:
            return str(value)


def _added(one: AddedConfirmation) -> str:
    """Return an added confirmation as one sentence, with every workflow that asks it."""
    whose = ", ".join((one.group, *one.drugs))
    return f"{one.at}, by the {one.by}, for {whose}, in {', '.join(asked_in(one)) or 'no workflow'}: {one.says}"


def _asked(one: Requirement) -> str:
    """Return a requirement as one sentence."""
    said = [
        f"{one.name}, {one.kind}",
        f"for {', '.join(one.drugs) or 'every drug'}",
        ", ".join(one.payers) or "whoever pays",
        f"entered by {' or '.join(one.entered_by).replace('_', ' ')}",
    ]
    flags = (
        (one.numbered, "numbered"), (one.dated, "says until when"), (one.hours is not None, f"good {one.hours} hours"),
        (one.anew, "anew for a changed order"), (one.until_release, "until it leaves"),
        (one.most_days is not None, f"at most {one.most_days} days"), (one.no_refills, "no refills"),
    )  # fmt: skip
    return "; ".join((*said, *(says for holds, says in flags if holds)))


def differences(old: Policy | None, new: Policy) -> tuple[tuple[str, str, str], ...]:
    """Return name, old and new of each value that differs; signers and version are no values."""
    before = dict(values(old)) if old is not None else {}
    after = dict(values(new))
    told = ((name, before.get(name, ""), after.get(name, "")) for name in dict.fromkeys((*after, *before)))
    return tuple(one for one in told if one[1] != one[2])
