"""A recipe as somebody writes it: what must be right before two people may sign it, and what it changes (R49)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal

from workflows import densities, intrathecal, oral, trials
from workflows.counting import LEAST_SPREAD, MOST, MOST_DAYS
from workflows.made_by import Master
from workflows.made_of import MATERIALS, not_known
from workflows.plan import WIDEST
from workflows.pumping import PUMPS
from workflows.recipe import LONGEST_H, CountRecipe, Recipe
from workflows.recipe_findings import DILUENT_LIMIT, INCONSISTENT, NARROW_LIMIT, WITH_BASE, never_made
from workflows.wording import amount

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9.]+)*")
"""How a recipe is called: cyclophosphamide-20-bag."""
BY_MOUTH = ("PO",)
"""The one route of what is counted."""
COUNTED = ("tablets", "capsules")
"""What is counted."""
WIDEST_SPREAD = Decimal("0.1")
"""Units that vary by more than this are not told apart by weight."""
MOST_OPENED_H = 28 * 24
"""The most for which a multiple-dose vial is used once it was entered (R31)."""
NARROWEST = Decimal("0.01")
"""A tolerance that is narrower has lost a digit: no draw could be judged by it."""
MOST_LETTERS = 60
"""Of a sentence that stands on the tablet beside the task."""
BLINDED_OFFERED = False
"""Whether a recipe of a blinded study may be signed: not before every export and message was shown to tell no arm (R56)."""
BLINDED_NOT_YET = "Blinded studies are not offered in this release: some exports and messages still name the drug."
PROTOCOL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{3,39}")
"""Number of a trial."""
NDC = re.compile(r"\d{4,5}-\d{3,4}-\d{1,2}")
"""A package code with its dashes."""


def wrong_in(recipe: Master) -> tuple[str, ...]:
    """Return everything in a recipe that cannot be right, in words; nothing where it may be signed (R5, R11, R12, R17, R49)."""
    if isinstance(recipe, CountRecipe):
        return (*_names(recipe), *_counted(recipe))
    found = (
        *_names(recipe),
        *_of_a_trial(recipe),
        *_amounts(recipe),
        *_reservoir(recipe),
        *_limits(recipe),
        *_said(recipe),
        *_contained(recipe),
        *densities.wrong_in("the solution", recipe.density),
    )
    return found or (*densities.of_solution(recipe), *(one.says for one in never_made(recipe)))


def _names(recipe: Master) -> Iterator[str]:
    if NAME.fullmatch(recipe.name) is None:
        yield "Name it in small letters, figures and hyphens, as cyclophosphamide-20-bag."
    if not recipe.drug or recipe.drug != recipe.drug.casefold().strip():
        yield "Write the generic name in lower case."
    if recipe.printed_drug.casefold() != recipe.drug.casefold():
        yield "The printed name differs from the generic name in more than its capitals."
    if not recipe.items:
        yield "Name at least one product."
    if not recipe.ndcs or not all(NDC.fullmatch(one) for one in recipe.ndcs if not trials.own_stock(recipe)):
        yield "Name the package codes allowed, each with its dashes."
    if not recipe.routes:
        yield "Name the routes allowed."
    if isinstance(recipe, Recipe) and recipe.is_vinca and (recipe.routes != ("IV",) or not recipe.hold):
        yield "A vinca drug is for intravenous use alone, and a pharmacist looks before it is mixed."
    if isinstance(recipe, Recipe):
        yield from intrathecal.wrong_in(recipe)
        yield from oral.wrong_in(recipe)


def _of_a_trial(recipe: Recipe) -> Iterator[str]:
    """Yield what a recipe leaves out, or cannot have, of a clinical trial (R56, R59)."""
    if not recipe.protocol.strip():
        if recipe.sponsor or recipe.assigned_kits or recipe.blinded:
            yield "Sponsor, kits and blinded text are a trial's: write its protocol number too."
        return
    if PROTOCOL.fullmatch(recipe.protocol) is None:
        yield "Write the trial's protocol number in at least 4 letters, figures, hyphens and points, without spaces."
    if not recipe.sponsor.strip():
        yield f"Name the sponsor of the trial {recipe.protocol}."
    if recipe.blinded and not BLINDED_OFFERED:
        yield BLINDED_NOT_YET
    if recipe.blinded and recipe.drug.casefold() in f"{recipe.name} {recipe.blinded}".casefold():
        yield "The study is blinded: neither its own text nor the recipe's name tells the drug."
    if recipe.may_be_shared:
        yield "Nothing of a clinical trial is shared: its vials serve one subject."
    if recipe.assigned_kits and not recipe.protocol_stock:
        yield "Kits that a trial assigns are of its own stock, not of normal stock."


def _counted(recipe: CountRecipe) -> Iterator[str]:
    """Yield what cannot be right of a recipe for whole units (R54, R57)."""
    if recipe.routes != BY_MOUTH:
        yield "What is counted into a bottle is taken by mouth: its route is PO."
    if not recipe.containers or not {*recipe.containers} <= {*COUNTED}:
        yield f"Name what may be ordered of it: {' or '.join(COUNTED)}."
    if not recipe.form.strip():
        yield "Name the form in the plural, as the label says it: film-coated tablets."
    if recipe.strength_mg <= 0:
        yield "The strength of one unit is above 0 mg."
    if not 1 <= recipe.bottle_holds <= MOST:
        yield f"A full stock bottle holds 1 to {MOST:,}."
    if recipe.most_days is not None and not 1 <= recipe.most_days <= MOST_DAYS:
        yield f"The longest supply is 1 to {MOST_DAYS} days. Leave it empty where there is no such limit."
    if recipe.unit_spread is not None and not LEAST_SPREAD <= recipe.unit_spread <= WIDEST_SPREAD:
        yield (
            f"The spread of one unit is at least {LEAST_SPREAD} (no tablets vary less) and at most {WIDEST_SPREAD}. "
            "Has a digit slipped? Leave it empty where nothing is weighed."
        )


def _said(recipe: Recipe) -> Iterator[str]:
    """Yield what does not fit a tablet's screen, or tells nothing (R46, R49)."""
    if len(recipe.mixing) > MOST_LETTERS or len(recipe.looks) > MOST_LETTERS:
        yield f"How it is mixed, and what it looks like, are each said in at most {MOST_LETTERS} letters."
    if recipe.mixing and not recipe.mixing.endswith("."):
        yield "How it is mixed is a sentence: end it with a full stop."
    if unknown := not_known(recipe.keeps_from):
        yield f"{', '.join(unknown)}: write each material as it is listed: {', '.join(MATERIALS)}."


def _amounts(recipe: Recipe) -> Iterator[str]:
    if min(recipe.concentration_mg_ml, recipe.vial_mg, recipe.vial_ml) <= 0:
        yield "Strength and contents of a vial are above 0."
        return
    found = recipe.vial_mg / recipe.vial_ml
    if abs(found / recipe.concentration_mg_ml - 1) > INCONSISTENT:
        yield (
            f"{amount(recipe.vial_mg)} mg in {amount(recipe.vial_ml)} mL is not {amount(recipe.concentration_mg_ml)} mg/mL. "
            "Has a digit slipped?"
        )
    making = recipe.reconstitution
    if making is not None:
        most = NARROW_LIMIT if recipe.narrow else DILUENT_LIMIT
        if making.volume_ml <= 0 or not 0 < making.tolerance <= most:
            yield f"The diluent is above 0 mL, and its tolerance at most {most}."
        if not making.diluent.strip() or not making.inspect.strip():
            yield "Name the diluent, and what is confirmed after mixing."
        if making.displacement_ml is not None and making.displacement_ml < 0:
            yield "A powder displaces no negative volume. Leave it empty where it is not known."
        yield from densities.wrong_in("the diluent", making.diluent_density, making.diluent)


def _reservoir(recipe: Recipe) -> Iterator[str]:
    made = recipe.reservoir
    pumps = set(recipe.containers) & set(PUMPS)
    if made is None and pumps:
        yield f"Say how the reservoir of a {' or '.join(sorted(pumps))} is filled."
    if made is None:
        return
    if not made.fluid.strip() or not made.volumes_ml or min(made.volumes_ml) <= 0:
        yield "Name what a reservoir is filled up with, and the reservoirs' nominal mL."
    if min(made.prime_ml, made.residual_ml) < 0 or min(made.rate_step_ml_h, made.volume_step_ml) <= 0:
        yield "What is filled in besides is not below 0 mL, and the pump's steps are above 0 mL/h and 0 mL."
    yield from densities.wrong_in("what fills up the reservoir", made.fluid_density, made.fluid)


def _contained(recipe: Recipe) -> Iterator[str]:
    """Yield what fits no container: none named, a bag without a fluid, limits that the liquid cannot keep (R49)."""
    if not recipe.containers:
        yield "Name the final containers it may be made in."
    in_bags = not {*recipe.containers}.isdisjoint(WITH_BASE)
    if in_bags and not recipe.bases:
        yield "Name the fluids that a bag of it may be filled with."
    low, high, has = recipe.final_min_mg_ml, recipe.final_max_mg_ml, recipe.concentration_mg_ml
    if low is not None and low > has:
        yield f"The lowest final concentration is above the {amount(has)} mg/mL of what is drawn."
    undiluted = not in_bags and recipe.reservoir is None
    if undiluted and high is not None and high < has:
        yield f"What is drawn undiluted has {amount(has)} mg/mL: above the highest final concentration."


def _limits(recipe: Recipe) -> Iterator[str]:
    low, high = recipe.final_min_mg_ml, recipe.final_max_mg_ml
    if any(one is not None and one <= 0 for one in (low, high)) or (
        low is not None and high is not None and low > high
    ):
        yield "The final concentration's limits are above 0, the lower one first."
    if recipe.tolerance is not None and not NARROWEST <= recipe.tolerance <= WIDEST:
        yield f"A tolerance is at least {NARROWEST} and at most {WIDEST}: 0.05 is 5 %."
    for words, hours, most in (
        ("Stability", recipe.stability_h, LONGEST_H),
        ("The limit of an opened vial", recipe.opened_h, MOST_OPENED_H),
        ("Stability while a pump runs", recipe.reservoir.running_h if recipe.reservoir else None, LONGEST_H),
    ):
        if hours is not None and not 0 < hours <= most:
            yield (
                f"{words} is above 0 hours and at most {most:,}: {most // 24} days. Has a digit slipped? "
                "Leave it empty where it is not known."
            )
    if recipe.may_be_shared and recipe.opened_h is None:
        yield (
            "Vials that are shared need an in-use limit of their own: what the label says of a bulk package or multiple-dose "
            "vial, at most 12 hours of a single-dose vial in its cabinet. An ampoule has none, and is never shared."
        )
    if recipe.waste_unit_mg is not None and recipe.waste_unit_mg <= 0:
        yield "A billing unit is above 0 mg."


def signed(recipe: Master, version: int, names: tuple[str, ...]) -> Master:
    """Return the recipe as two people signed it: with their names, its version, and its densities confirmed by them (U2).

    Raises ValueError for fewer than two different names, and where anything is wrong in it.
    """
    if len(set(names)) < 2:
        raise ValueError("a recipe is signed by two people")
    if faults := wrong_in(recipe):
        raise ValueError(" ".join(faults))
    if isinstance(recipe, CountRecipe):
        return replace(recipe, version=version, signed_by=names, unconfirmed=())
    making = recipe.reconstitution
    if making is not None:
        making = replace(making, diluent_density=replace(making.diluent_density, confirmed=True))
    filled = recipe.reservoir
    if filled is not None:
        filled = replace(filled, fluid_density=replace(filled.fluid_density, confirmed=True))
    density = replace(recipe.density, confirmed=True)
    recipe = replace(recipe, density=density, reconstitution=making, reservoir=filled)
    return replace(recipe, version=version, signed_by=names, unconfirmed=())


def differences(old: Master | None, new: Master) -> tuple[tuple[str, str, str], ...]:
    """Return name, old and new of each value that differs; signers, version and confirmations are no values."""
    before = dict(values(old)) if old is not None else {}
    after = dict(values(new))
    names = dict.fromkeys((*after, *before))
    told = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(one for one in told if one[1] != one[2])


ASIDE = frozenset({"version", "signed_by", "unconfirmed", "confirmed"})
"""Fields that signing sets."""


def values(part: object, under: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and words of each value of a recipe, those of its parts under their part's name."""
    if not is_dataclass(part):
        return
    for field in fields(part):
        value = getattr(part, field.name)
        name = f"{under}{field.name}"
        if field.name in ASIDE:
            continue
        if is_dataclass(value):
            yield from values(value, f"{name}.")
        else:
            yield name, _words(value)


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(str(one) for one in value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
