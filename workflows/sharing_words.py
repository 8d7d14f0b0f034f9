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
    yield f"   it is stock, if the label adds {amount(policy.label_g)} g, give or take {amount(policy.label_within_g)} g; that is"
    yield "   what it must weigh when it is drawn from next. It stays in that cabinet (R32)."
    yield f"   Its limit is {hours} h from when it was scanned, sealed, for its first dose (R31), for multiple-dose vials too; or"
    yield "   sooner, when the vial, its diluent or its adaptor expires (R30). Both stay with it by lot: a recall of them is its"
    yield "   own (R19)."
    yield "   What is left is by weight, and never more than the dose left by the labels: no mg counts twice, no overfill counts."
    yield "Nothing is kept of a trial's order, of a run without a product, without its adaptor and its diluent on record, after a"
    yield "   spill, a leak or particles, past the limit, recalled or expired, of a dose drawn by its actual strength, when it"
    yield "   was carried to another cabinet, when the cabinet was cleaned, certified or opened for another drug since, when"
    yield "   anything was spilt at its station or a dose made on paper since, or when the vial did not lose what the syringes"
    yield "   hold. Of a dose that is stopped none is put back. All are out before another drug or an intrathecal dose is begun."
    yield "An opened vial stands in for one sealed vial: dissolved in the same diluent, of the same density, scanned by its unit"
    yield "   label, looked into by whoever draws from it, and weighed again before anything is drawn: as it was kept, within"
    yield f"   {policy.max_attempts} weighings, or it is discarded. Here it serves no longer than {hours} h after its first"
    yield "   puncture, whatever its first dose's recipe said."
    yield "   It holds enough if what is left, less its doubt and what no syringe reaches, is what is needed:"
    yield f"   {amount(policy.dead_ml)} mL of it no syringe reaches. The dose may not be used longer than that vial (R30)."
    yield "   What was used, kept and discarded of all that was brought in stands in the record's last event (R58)."
