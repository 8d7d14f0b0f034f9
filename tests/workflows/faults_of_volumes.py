"""Faults in what is made by volume: nobody else reads it, no picture, no word of a pharmacist, any volume, too late (R13)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.workflows.faults import Fault, Plant, left_out, patched, without
from workflows import by_volume, standing, worlds
from workflows.library.by_volume import BAG_BY_VOLUME, SYRINGE_BY_VOLUME
from workflows.rules import people, volumes
from workflows.rules.rule import Rule
from workflows.worlds_of_volumes import AWAY_BAG, NOT_ALLOWED, POWDER_BAG, SMALL_BAG, SMALL_SYRINGE


def no(*rules: Rule[Any], step: str = "") -> Plant:
    return without(*rules, step=step, of=BAG_BY_VOLUME)


STABLE = replace(
    AWAY_BAG,
    only=frozenset({worlds.CLOCK}),
    opening=replace(AWAY_BAG.opening, recipe=replace(AWAY_BAG.opening.recipe, stability_h=Decimal(48))),
)

UNCOUNTED = standing.OUTSIDE - {"VOLUME_OFF"}
VOLUME_FAULTS = (
    Fault("whoever drew a syringe may read it", no(volumes.IS_READ_BY_A_SECOND), 3, SMALL_BAG),
    Fault("any volume that is read counts", no(volumes.VOLUME_IS_AS_PLANNED), 3, SMALL_BAG),
    Fault("a syringe is read until it is right", patched(standing, "OUTSIDE", UNCOUNTED, BAG_BY_VOLUME), 3, SMALL_BAG, 1),
    Fault("a syringe put right keeps its picture", patched(volumes, "read_anew", lambda *_: (), BAG_BY_VOLUME), 3, SMALL_BAG, 1),
    Fault("a syringe by volume is not photographed", left_out("syringe-photo", SYRINGE_BY_VOLUME), 3, SMALL_SYRINGE),
    Fault("a syringe by volume need not be new", no(volumes.IS_A_NEW_SYRINGE), 3, SMALL_BAG),
    Fault("no pharmacist looks before a bag by volume is mixed", left_out("premix", BAG_BY_VOLUME), 1, SMALL_BAG),
    Fault("any signature has it made by volume", no(people.MEANS_VERIFIED_BY_VOLUME, step="verify"), 1, SMALL_BAG),
    Fault("any word says that a bag by volume was injected", no(volumes.IS_INJECTED), 3, SMALL_BAG),
    Fault("a vial opened before goes in by volume", no(volumes.IS_A_SEALED_VIAL), 2, SMALL_BAG),
    Fault("the site need not allow it", patched(by_volume, "unfit", lambda *_: (), SYRINGE_BY_VOLUME), 3, NOT_ALLOWED),
    Fault("a powder is made by volume", patched(by_volume, "unfit", lambda *_: (), BAG_BY_VOLUME), 3, POWDER_BAG),
    Fault("vials open for days are drawn by volume", no(volumes.DRAWN_IN_TIME), 7, STABLE, 1),
    Fault("vials open for days are injected by volume", no(volumes.INJECTED_IN_TIME), 7, STABLE, 1),
)  # fmt: skip
"""At least one of each kind that making by volume could break in a way of its own."""
