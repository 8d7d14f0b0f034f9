"""The demo's signed recipes. Each value is of the demo alone; the two that wait show what an unsigned density does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from workflows.clearances import Requirement
from workflows.recipe import (
    DEFAULT_POLICY,
    CountRecipe,
    DensityOf,
    LibraryEntry,
    Policy,
    Recipe,
    Reconstitution,
    Reservoir,
)

SIGNED = ("Pam Specimen", "Quin Placeholder")
NS, D5W = "sodium chloride 0.9 %", "dextrose 5 %"
ROOM: Literal["20 to 25 °C"] = "20 to 25 °C"


def _density(value: str, basis: Literal["measured", "estimated"]) -> DensityOf:
    return DensityOf(
        Decimal(value), basis, Decimal("0.0005") if basis == "measured" else Decimal("0.005"), confirmed=True
    )


UNKNOWN = DensityOf(None, "unknown", Decimal(0), confirmed=False)
CYCLOPHOSPHAMIDE = Recipe(
    name="cyclophosphamide-20-bag",
    version=7,
    signed_by=SIGNED,
    drug="cyclophosphamide",
    printed_drug="cyclophosphamide",
    items=("cyclophosphamide-500mg-powder",),
    ndcs=("10019-955-01", "10019-955-50"),
    concentration_mg_ml=Decimal(20),
    density=_density("1.009", "measured"),
    vial_mg=Decimal(500),
    vial_ml=Decimal(25),
    reconstitution=Reconstitution(
        NS, Decimal(25), _density("1.0046", "measured"), None, "A", Decimal("0.05"), "dissolved and clear"
    ),
    bases=(D5W,),
    final_min_mg_ml=Decimal(2),
    final_max_mg_ml=None,
    routes=("IV",),
    cstd_brand="Demosafe",
    hold=False,
    stability_h=Decimal(24),
    storage=ROOM,
    light_protect=False,
    overfill="ignore",
    waste_unit_mg=Decimal(5),
    single_dose=True,
)
LIQUID = replace(CYCLOPHOSPHAMIDE, version=1, reconstitution=None, final_min_mg_ml=None, waste_unit_mg=None)
PACLITAXEL = replace(
    LIQUID,
    name="paclitaxel-6-bag",
    drug="paclitaxel",
    printed_drug="PACLitaxel",
    items=("paclitaxel-300mg-63323",),
    ndcs=("63323-763-50",),
    concentration_mg_ml=Decimal(6),
    density=_density("0.925", "measured"),
    vial_mg=Decimal(300),
    vial_ml=Decimal(50),
    bases=(NS, D5W),
    bag="non-PVC",
    final_min_mg_ml=Decimal("0.3"),
    final_max_mg_ml=Decimal("1.2"),
    stability_h=Decimal(27),
    single_dose=False,
    warnings=("0.22 micron in-line filter", "non-PVC set"),
)
ETOPOSIDE = replace(
    LIQUID,
    name="etoposide-20-bag",
    drug="etoposide",
    printed_drug="etoposide",
    items=("etoposide-5ml-fresenius",),
    ndcs=("63323-104-05",),
    density=_density("1.023", "measured"),
    vial_mg=Decimal(100),
    vial_ml=Decimal(5),
    bases=(NS, D5W),
    bag="non-PVC",
    final_min_mg_ml=Decimal("0.2"),
    final_max_mg_ml=Decimal("0.4"),
    stability_h=Decimal(24),
    hold=True,
    single_dose=False,
    warnings=("non-PVC set",),
)
FLUOROURACIL = replace(
    LIQUID,
    name="fluorouracil-50-bag",
    drug="fluorouracil",
    printed_drug="fluorouracil",
    items=("fluorouracil-pbp-50ml",),
    ndcs=("63323-117-58",),
    concentration_mg_ml=Decimal(50),
    density=_density("1.04", "measured"),
    vial_mg=Decimal(2500),
    vial_ml=Decimal(50),
    bases=(NS, D5W),
    stability_h=Decimal(24),
    single_dose=False,
    warnings=("do not refrigerate",),
)
GEMCITABINE = replace(
    LIQUID,
    name="gemcitabine-38-bag",
    drug="gemcitabine",
    printed_drug="gemcitabine",
    items=("gemcitabine-solution-hospira",),
    ndcs=("0409-0185-01",),
    concentration_mg_ml=Decimal(38),
    density=UNKNOWN,
    vial_mg=Decimal(200),
    vial_ml=Decimal("5.26"),
    bases=(NS,),
    final_min_mg_ml=Decimal("0.1"),
    single_dose=True,
)
OXALIPLATIN = replace(
    LIQUID,
    name="oxaliplatin-5-bag",
    drug="oxaliplatin",
    printed_drug="oxaliplatin",
    items=("oxaliplatin-20ml-sagent",),
    ndcs=("25021-233-20",),
    concentration_mg_ml=Decimal(5),
    density=_density("1.00", "estimated"),
    vial_mg=Decimal(100),
    vial_ml=Decimal(20),
    bases=(D5W,),
    final_min_mg_ml=Decimal("0.2"),
    final_max_mg_ml=Decimal("0.6"),
    stability_h=Decimal(6),
    single_dose=True,
)
DOXORUBICIN = replace(
    LIQUID,
    name="doxorubicin-2-syringe",
    drug="doxorubicin",
    printed_drug="DOXOrubicin",
    items=("doxorubicin-25ml-fresenius",),
    ndcs=("63323-883-30",),
    concentration_mg_ml=Decimal(2),
    density=_density("1.005", "measured"),
    vial_mg=Decimal(50),
    vial_ml=Decimal(25),
    bases=(),
    containers=("syringe",),
    stability_h=Decimal(24),
    light_protect=True,
    single_dose=True,
    waste_unit_mg=Decimal(10),
    warnings=("vesicant", "not liposomal"),
)
CAPECITABINE = CountRecipe(
    name="capecitabine-500-tablets",
    version=1,
    signed_by=SIGNED,
    drug="capecitabine",
    printed_drug="capecitabine",
    form="film-coated tablets",
    items=("capecitabine-500mg-teva",),
    ndcs=("0093-7474-89",),
    strength_mg=Decimal(500),
    bottle_holds=120,
    storage="20 to 25 °C",
)
BY_MOUTH = replace(
    LIQUID,
    name="cyclophosphamide-20-oral",
    items=("cyclophosphamide-20-suspension-invented",),
    ndcs=("99999-020-01",),
    density=_density("1.04", "measured"),
    vial_mg=Decimal(2000),
    vial_ml=Decimal(100),
    bases=(),
    routes=("PO",),
    containers=("oral syringe",),
    cstd_brand="",
    stability_h=Decimal(24),
    single_dose=False,
    warnings=("shake well",),
)
"""For a suspension that nobody sells: the demo alone has it."""
IN_A_CASSETTE = replace(
    FLUOROURACIL,
    name="fluorouracil-50-cassette",
    bases=(NS,),
    containers=("cassette",),
    reservoir=Reservoir(NS, _density("1.0046", "measured"), (Decimal(50), Decimal(100), Decimal(250))),
    stability_h=Decimal(168),
    opened_h=Decimal(4),
)
RECIPES = (
    *(CYCLOPHOSPHAMIDE, PACLITAXEL, ETOPOSIDE, FLUOROURACIL, GEMCITABINE, OXALIPLATIN, DOXORUBICIN),
    IN_A_CASSETTE,
    BY_MOUTH,
    CAPECITABINE,
)
LIBRARY = (
    LibraryEntry(
        *("FU-CONT", "7", "fluorouracil", Decimal(1), Decimal(50), Decimal(10)),
        pharmacist="Pam Specimen",
        nurse="Nora Invented",
    ),
)
"""The demo's register of the pumps' drug library (G32)."""


REQUIRES = (
    Requirement("OK to treat", "OK to treat", drugs=("gemcitabine",), anew=True, until_release=True),
    Requirement(
        "approval of high-cost therapy",
        "financial approval",
        drugs=("gemcitabine",),
        entered_by=("pharmacist", "lead_technician"),
        numbered=True,
        dated=True,
    ),
    Requirement(
        "lenalidomide safety programme",
        "safety programme",
        drugs=("lenalidomide",),
        numbered=True,
        hours=24,
        anew=True,
        until_release=True,
        most_days=28,
        no_refills=True,
    ),
)
"""One of each kind: gemcitabine shows the first two, lenalidomide is what the third is written for."""


def policy(zone: str) -> Policy:
    """Return the project's proposals, signed by the demo's two pharmacists."""
    return replace(DEFAULT_POLICY, signed_by=SIGNED, zone=zone, requires=REQUIRES, pump_library=LIBRARY)
