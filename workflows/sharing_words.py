"""What the signed procedure says of opened vials that serve several doses (R31, R32)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.recipe import Policy, Recipe
from workflows.sharing import hours_kept
from workflows.wording import amount


def opened_vials(recipe: Recipe, policy: Policy) -> Iterator[str]:
    """Yield the lines of the procedure's part on opened vials."""
    yield "OPENED VIALS"
    if not (policy.share_vials and recipe.may_be_shared):
        yield "None is kept, and none goes in that was opened for another dose: site policy and recipe do not both share vials."
        return
    hours = amount(hours_kept(recipe))
    yield "After the release whoever has the preparation may keep a vial for another dose of the same drug, instead of"
    yield "   discarding it: scanned while it stands on the balance with its adaptor, in the cabinet in which it was opened. Its"
    yield "   unit label prints, is put on it over its old code, and is scanned while the vial stands there once more. Only then"
    yield "   it is stock, and weighs what it must weigh when it is drawn from next. It stays in that cabinet (R32)."
    yield f"   Its limit is {hours} h from its first puncture (R31), for multiple-dose vials too; or sooner, when the vial, its"
    yield "   diluent or its adaptor expires (R30). Both stay with it by lot: a recall of them is its own (R19)."
    yield "   What is left is by weight, and never more than the dose left by the labels: no mg counts twice, no overfill counts."
    yield "Nothing is kept of a trial's order, of a run without a product, without its adaptor and its diluent on record, after a"
    yield "   spill, a leak or particles, past the limit, recalled or expired, of a dose drawn by its actual strength, when it"
    yield "   was carried to another cabinet, when the cabinet was cleaned, certified or opened for another drug since, or when"
    yield "   the vial did not lose what the syringes hold. None is put back that anything happened to."
    yield "An opened vial stands in for one sealed vial: scanned by its unit label, looked into, and weighed again before"
    yield f"   anything is drawn. Here it serves no longer than {hours} h after its first puncture, whatever the first one said."
    yield "   It holds enough if what is left, less its doubt and what no syringe reaches, is what is needed:"
    yield f"   {amount(policy.dead_ml)} mL of it no syringe reaches. The dose may not be used longer than that vial (R30)."
    yield "   What was used, kept and discarded of all that was brought in stands in the record's last event (R58)."
