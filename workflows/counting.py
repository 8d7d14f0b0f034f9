"""An order for tablets or capsules becomes a count: how many, from how many bottles, until when. Or the reasons why not (R54)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from workflows.directions import Taking, contradictions
from workflows.findings import Finding
from workflows.order import Container, Order
from workflows.plan import MG_PER, asks_gloves
from workflows.recipe import Counting, CountRecipe, Policy
from workflows.taking import OFTEN, TIMES_A_DAY, is_weekly_only
from workflows.wording import amount

LEAST_SPREAD = Decimal("0.005")
"""Relative standard deviation of one unit's mass that no lot is taken to stay under. A press holds good tablets to 0.5 to 3 %
(pharmacopoeias let 2 of 20 be 5 % off, and none 10 %; capsules vary more): a smaller figure is a slipped digit, or a lucky
thirty (ours, unconfirmed)."""
MOST = 9_999
"""The greatest number that can be counted into one bottle."""
MOST_DAYS = 366
"""The longest supply that a label may have, in days."""
YEARS = range(2000, 9000)
"""Years in which an order can be due: any other is a slip, and beyond them no day can be worked out."""
SIGN = "A pharmacist enters and signs it; a second person signs too."
ASK = "A pharmacist reads the order and answers the prescriber."


@dataclass(frozen=True, slots=True)
class CountPlan:
    """How many units of which strength an order takes, worked out once and kept in the preparation's first event."""

    ordered_mg: Decimal
    """mg taken at one time."""
    strength_mg: Decimal
    """mg in one unit: one strength, never two (R54)."""
    each_time: int
    """Whole units taken at one time."""
    times_a_day: int
    """How often on a day of taking."""
    doses: int
    """How many times in all."""
    count: int
    """Units in all: `each_time` × `doses`, and what the order says is dispensed."""
    bottles: int
    """How many full stock bottles hold that many."""
    container: Container
    """What was ordered: tablets or capsules."""
    last_day: date
    """Last day of taking, at the site, where it begins on the day it is due."""

    @property
    def total_mg(self) -> Decimal:
        """Mg in all units together."""
        return self.strength_mg * self.count

    @property
    def taking_days(self) -> int:
        """Days on which it is taken."""
        return self.doses // self.times_a_day


def must_last(plan: CountPlan, at: datetime, zone: str) -> date:
    """Return the day on which the stock of a bottle filled at `at` must still be in date: its supply, from then or from when due.

    The label asks for no less (its day of discard), so that none is refused after the work.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    return max(plan.last_day + timedelta(days=1), today + timedelta(days=plan.taking_days))


def often(order: Order) -> str:
    """Return how often it is taken, as a patient reads it. Raises KeyError for a frequency that nothing is counted for."""
    return OFTEN[order.frequency.strip().upper()]


def units(number: int, container: Container) -> str:
    """Return a number of tablets or capsules in words, one of them in the singular: a patient reads it."""
    return f"{number:,} {container.removesuffix('s') if number == 1 else container}"


def directions(order: Order, plan: CountPlan) -> str:
    """Return what the label tells the patient: how many, how often, and the order's own words."""
    said = (one.text for one in order.instructions if one.kind == "admin")
    return ". ".join((f"{units(plan.each_time, plan.container)} {often(order)}", *said))


def count_plan(order: Order, recipe: CountRecipe, policy: Policy) -> CountPlan | tuple[Finding, ...]:
    """Work out how many units `order` takes by `recipe`: the plan, or every reason why it may not be counted."""
    found = (
        *_order_findings(order, recipe),
        *_amount_findings(order, recipe),
        *_said_findings(order, recipe),
        *_recipe_findings(recipe, policy),
    )
    times = TIMES_A_DAY.get(order.frequency.strip().upper())
    if found or times is None or order.container is None or order.doses_total is None:
        return found
    dose = order.dose * MG_PER[order.dose_unit]
    each = int(dose / recipe.strength_mg)
    count, days = each * order.doses_total, order.doses_total // times
    first = order.due_at.astimezone(ZoneInfo(policy.zone)).date()
    bottles = int((Decimal(count) / recipe.bottle_holds).to_integral_value(ROUND_CEILING))
    return CountPlan(
        ordered_mg=dose,
        strength_mg=recipe.strength_mg,
        each_time=each,
        times_a_day=times,
        doses=order.doses_total,
        count=count,
        bottles=bottles,
        container=order.container,
        last_day=first + timedelta(days=days - 1),
    )


def _order_findings(order: Order, recipe: CountRecipe) -> Iterator[Finding]:
    if order.drug != recipe.drug:
        yield Finding("DRUG_DIFFERS", f"The recipe {recipe.name} is for {recipe.drug}, not {order.drug}.", ASK)
    if len(order.actives) != 1 or any(active.drug != order.drug for active in order.actives):
        yield Finding("SEVERAL_ACTIVES", f"The order has not {order.drug} alone; this counts one drug.", ASK)
    if order.base is not None or order.others:
        yield Finding("MIXTURE_NOT_MADE", "The order has a fluid or an additive; this counts whole units.", ASK)
    if order.container not in recipe.containers:
        allowed = " or ".join(recipe.containers)
        says = f"The order asks for {order.container or 'no container'}; {recipe.drug} is counted as {allowed}."
        yield Finding("CONTAINER_NOT_ALLOWED", says, ASK)
    if order.route not in recipe.routes:
        yield Finding("ROUTE_NOT_ALLOWED", f"The route {order.route} is not one of the recipe's.", ASK)
    daily = TIMES_A_DAY.get(order.frequency.strip().upper())
    if daily is None:
        says = f"How often it is taken cannot be told from “{order.frequency or 'nothing'}”."
        yield Finding("FREQUENCY_UNKNOWN", says, ASK)
    elif is_weekly_only(order.drug):
        says = f"{recipe.printed_drug} by mouth was ordered for every day: taken daily it kills."
        yield Finding("DAILY_SCHEDULE", says, "Call the prescriber. This order is never made.")
    if order.due_at.year not in YEARS:
        yield Finding("DUE_IMPOSSIBLE", f"It is due in the year {order.due_at.year}.", ASK)
    if order.doses_total is None or order.doses_total < 1:
        yield Finding("DOSES_MISSING", "The order does not say how many doses it asks for.", ASK)
    elif daily and order.doses_total % daily:
        says = f"{order.doses_total} doses at {daily} a day are no whole number of days."
        yield Finding("DAYS_NOT_WHOLE", says, ASK)
    elif daily and order.doses_total // daily > (recipe.most_days or MOST_DAYS):
        most = recipe.most_days or MOST_DAYS
        says = f"{order.doses_total // daily} days were ordered; {recipe.printed_drug} is given out for {most}."
        yield Finding("TOO_MANY_DAYS", says, ASK)


def _amount_findings(order: Order, recipe: CountRecipe) -> Iterator[Finding]:
    """Judge strength, dose and number: strength × count must be dose × doses, in whole units of one strength."""
    if order.dose_unit not in MG_PER:
        yield Finding("DOSE_NOT_A_MASS", f"The dose is in {order.dose_unit}, which is not a mass.", ASK)
        return
    one = f"{amount(recipe.strength_mg)} mg"
    if order.strength and order.strength != one:
        says = f"The order says units of {order.strength}; the recipe {recipe.name} has {one}."
        yield Finding("STRENGTH_DIFFERS", says, ASK)
    dose = order.dose * MG_PER[order.dose_unit]
    each = dose / recipe.strength_mg
    if each != each.to_integral_value() or each < 1:
        says = f"{amount(dose)} mg are no whole number of {one}: none is cut, crushed or opened here."
        yield Finding("SPLIT_NEEDED", says, "Ask the prescriber for a dose in whole units of one strength.")
    elif order.dispense_quantity is None:
        yield Finding("NUMBER_MISSING", "The order does not say how many are dispensed.", ASK)
    elif order.doses_total is not None and order.dispense_quantity != each * order.doses_total:
        says = (
            f"{amount(order.dispense_quantity)} of {one} were ordered; {order.doses_total} doses of {amount(dose)} mg "
            f"are {amount(each * order.doses_total)}."
        )
        yield Finding("NUMBER_DIFFERS", says, ASK)
    elif order.dispense_quantity > MOST:
        says = f"{amount(order.dispense_quantity)} were ordered; a bottle holds {MOST:,} at most."
        yield Finding("NUMBER_TOO_LARGE", says, ASK)


def _said_findings(order: Order, recipe: CountRecipe) -> Iterator[Finding]:
    """Hold the order's words for the patient against its dose, frequency and number: a label carries both (R54)."""
    times = TIMES_A_DAY.get(order.frequency.strip().upper())
    if times is None or order.doses_total is None or order.dose_unit not in MG_PER or recipe.strength_mg <= 0:
        return
    dose = order.dose * MG_PER[order.dose_unit]
    taking = Taking(
        dose / recipe.strength_mg, dose, recipe.strength_mg, times, order.doses_total // times, often(order)
    )
    for text in (one.text for one in order.instructions if one.kind == "admin"):
        for said, ordered in contradictions(text, taking):
            says = f"The order's words for the patient say “{said}”; by its dose and frequency it is {ordered}."
            yield Finding("DIRECTIONS_DIFFER", says, ASK)


def _recipe_findings(recipe: CountRecipe, policy: Policy) -> Iterator[Finding]:
    if recipe.strength_mg <= 0 or recipe.bottle_holds < 1:
        yield Finding("RECIPE_INCONSISTENT", "The strength or the number in a bottle is not above 0.", SIGN)
    signers = (
        {name.strip().casefold() for name in one if name.strip()} for one in (recipe.signed_by, policy.signed_by)
    )
    if min(len(names) for names in signers) < 2:
        yield Finding("NOT_SIGNED", "The recipe or the site policy does not carry two signatures.", SIGN)
    if recipe.unconfirmed:
        says = f"Values that no pharmacist of this site has signed: {', '.join(recipe.unconfirmed)}."
        yield Finding("UNCONFIRMED", says, SIGN)
    asked = policy.counting
    if asked is None:
        yield Finding("POLICY_WITHOUT_COUNTING", "The site policy says nothing of counting tablets.", SIGN)
        return
    yield from too_loose(asked)


def too_loose(asked: Counting) -> Iterator[Finding]:
    """Yield what a policy leaves out that no site may where tablets are counted (R21, R35, R44)."""
    if not asks_gloves(asked.ppe) or not any(code.strip() for code in asked.competencies):
        says = "The site policy asks for no gloves or no competency where tablets are counted (R35, R44)."
        yield Finding("POLICY_TOO_LOOSE", says, SIGN)
    if missing := [kind for kind in ("tray", "final") if kind not in asked.photos]:
        says = f"The site policy asks for no picture of: {', '.join(missing)} (R21)."
        yield Finding("POLICY_TOO_LOOSE", says, SIGN)


def for_counting(policy: Policy, counting: Counting) -> Policy:
    """Return the policy as a count is made by it: its own equipment, competencies and pictures, and nothing of a syringe.

    No gown is asked for, so the gown's clock is a day long.
    """
    return replace(
        policy,
        ppe=counting.ppe,
        competencies=counting.competencies,
        photos=counting.photos,
        gown_minutes=24 * 60,
        cstd=False,
        weigh_vials=False,
        weigh_used_syringes=False,
    )
