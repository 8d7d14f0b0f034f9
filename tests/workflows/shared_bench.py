"""Doses that share an opened vial, step by step: the first one is made and keeps it, the second one is begun with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

from tests.cast import PAM, PRINTER
from tests.workflows.answers import done
from tests.workflows.example import (
    BAG,
    CABINET,
    DILUENT,
    POLICY,
    RECIPE,
    Bench,
    device,
    order,
    photo,
    scan,
    vial,
    weigh,
)
from workflows import commands as asked
from workflows.evidence import Confirmation, Container, LabelCode, Printed
from workflows.holding import full_slot
from workflows.sharing import set_apart

SHARED = replace(RECIPE, may_be_shared=True, final_min_mg_ml=None, opened_h=D(12))
SHARES = replace(POLICY, share_vials=True, weigh_vials=True)


def bench(dose: str, **changes: Any) -> Bench:
    return Bench(**{"recipe": SHARED, "policy": SHARES, "order": order(dose), **changes})


def staged(one: Bench, *goods: Container) -> None:
    one.until_claimed()
    one.do(scan(CABINET))
    for item in one.policy.ppe:
        one.do(Confirmation(item))
    for found in goods:
        one.do(scan(found))
    assert one.p is not None
    for slot in one.p.plan.devices:
        if any(open_now.startswith(f"device:{slot}") for open_now in waiting(one)):
            one.do(scan(device(slot)))
    one.do(photo("staged"))


def waiting(one: Bench) -> list[str]:
    return [slot.name for slot in one.workflow.open_slots(one.p)]  # type: ignore[arg-type]  # it is open


def finished(one: Bench, full: str, bag: str, *after: str) -> None:
    """One syringe that weighs `full` filled, into the bag, to the release.

    The vials weigh `after` then where the site weighs them; one that nothing is said of has lost what the syringe holds.
    """
    assert one.p is not None
    one.do(weigh("18.42", one.at))
    one.do(weigh(full, one.at))
    while (slot := waiting(one)[0]).startswith("vial-after:"):
        before = one.p.weighing(full_slot(one.p, unit := slot.partition(":")[2]))
        assert before is not None
        one.do(weigh(after[int(unit) - 1] if after else str(before.g - D(full) + D("18.42")), one.at))
    one.do(photo("syringes"))
    one.do(weigh("287.60", one.at))
    one.do(weigh(bag, one.at))
    one.do(photo("empty"))
    one.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    one.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
    one.do(photo("final"))
    one.do(one.sign("approved for release"), PAM)
    one.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))


def first_dose(**changes: Any) -> Bench:
    """400 mg = 20 mL = 20.18 g out of a vial that holds 25.56 g of liquid."""
    one = bench("400", **changes)
    staged(one, vial("A"), DILUENT, BAG)
    poured(one)
    return one


def poured(one: Bench) -> None:
    for grams in ("30.11", "55.17"):
        one.do(weigh(grams, one.at))
    one.do(Confirmation("dissolved and clear"))
    finished(one, "38.60", "307.78")


def keep(one: Bench, grams: str = "34.99", found: Container | None = None) -> asked.Keep:
    return asked.Keep(scan(found or vial("A")), weigh(grams, one.at), "ABCD1234")


LABEL_G = D("0.31")
BAG_25 = replace(BAG, volume_ml=D(25), unit="D5W-2")


def with_label(one: Bench, grams: str = "35.30", **changes: Any) -> asked.Keep:
    """The vial is on the pan once more, with the label on it that was printed: 0.31 g more."""
    apart = set_apart(one.p)  # type: ignore[arg-type]  # it is open
    assert apart is not None
    return asked.Keep(scan(apart.container), weigh(grams, one.at, **changes), "")


def kept_in_full(one: Bench) -> Any:
    done(one.ask(keep(one)))
    return done(one.ask(with_label(one)))


def kept_vial(**changes: Any) -> Container:
    return kept_in_full(first_dose(**changes)).container  # type: ignore[no-any-return]  # it was kept


def second_dose(dose: str = "90", base_ml: str = "25", **changes: Any) -> Bench:
    one = bench(dose, order=order(dose, base_ml=base_ml), **changes)
    one.until_claimed()
    one.do(scan(CABINET))
    for item in one.policy.ppe:
        one.do(Confirmation(item))
    return one


def with_devices(one: Bench, *goods: Container) -> Bench:
    """Everything is scanned but the picture: an opened vial has its adaptor on."""
    for found in goods:
        one.do(scan(found))
    for part in ("syringe connector", "bag adaptor"):
        one.do(scan(device(part)))
    return one
