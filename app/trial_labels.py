"""What labels of a clinical trial say besides: protocol, subject, the law's sentence, a blinded study's text (R56)."""

from __future__ import annotations

from dataclasses import replace

import labels
from app.catalogue.trial_lines import Line
from app.settings import Settings
from devices.scanner.own import check_character
from labels import IvBagLabel, LabelIncomplete, PumpLabel, SyringeLabel, UnitLabel
from workflows.evidence import Container
from workflows.plan import Plan
from workflows.recipe import Recipe
from workflows.wording import amount

Sterile = IvBagLabel | SyringeLabel | PumpLabel


def of_a_trial(label: Sterile, recipe: Recipe, plan: Plan) -> Sterile:
    """Return a final label with what a trial's dose carries besides: protocol, subject, the law's sentence (R56).

    Where the study is blinded, its own text stands in place of name and strength, and no concentration is stated.
    """
    if not recipe.protocol or plan.trial is None:
        return label
    kits, tongue = ", ".join(plan.trial.kits), label.language
    words = labels.language.said(tongue, "study", protocol=recipe.protocol, subject=plan.trial.subject)
    return replace(
        label,
        drug=recipe.blinded or label.drug,
        blinded=bool(recipe.blinded),
        study=words + (f", {labels.language.said(tongue, 'kit', number=kits)}" if kits else ""),
        handling=(*label.handling, labels.fixed("investigational", tongue).text),
    )


def unit_of_a_trial(line: Line, recipe: Recipe, settings: Settings) -> UnitLabel:
    """Return the unit label of one unit of a trial's stock (R56). Raises LabelIncomplete where its receipt says too little."""
    held = line.held
    if held is None or held.expiry is None:
        raise LabelIncomplete("expiry", "is not on record")
    return UnitLabel(
        mark=labels.DEMO if settings.demo else None,
        unit_id=line.unit,
        drug=recipe.blinded or recipe.printed_drug,
        intravenous_only=recipe.is_vinca,
        strength=f"trial {line.protocol}" if recipe.blinded else _strength(held),
        package_code=f"kit {line.kit}" if recipe.blinded else f"trial {line.protocol}, kit {line.kit}",
        lot=line.lot,
        expiry=held.expiry,
        hazardous=recipe.hazardous,
        zone=settings.site_zone,
    )


def letters(unit: str) -> str:
    """Return the letters beside the symbol of a unit's label, such as U-4M8D-0ZRW-P."""
    return f"U-{unit[:4]}-{unit[4:]}-{check_character(unit)}"


def _strength(held: Container) -> str:
    if held.amount_mg is None or held.concentration_mg_ml is None:
        raise LabelIncomplete("strength", "is not on record")
    return f"{amount(held.amount_mg)} mg, {amount(held.concentration_mg_ml)} mg/mL"
