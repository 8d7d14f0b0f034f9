"""Two further examples over HTTP, from order to release: a powder that takes room, and a solvent far lighter than water.

Gemcitabine 950 mg of a 1 g vial: 24.49 mL of diluent make 25.79 mL, for the powder has 1.3 mL of its own (R5). Paclitaxel
282.7 mg at 0.925 g/mL: with water's density a right draw would read 7.5 % short (R12). The numbers are worked out by hand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import Connection, insert

from app import preparations
from app.catalogue import recipes
from app.catalogue.tables import package, unit
from app.clock import now
from app.demo.recipes import GEMCITABINE as OF_A_SOLUTION
from app.demo.recipes import PACLITAXEL as AS_SHIPPED
from app.interfaces.demo import demo_orders
from app.record.engine import database_file
from app.record.verify import verify
from tests import pharmacy
from tests.web.at_station import Hood
from tests.web.bench import PROFILE as ONCEHR
from tests.web.hands import Hands, Shelf, approve, office
from tests.workflows.example import NS, RECIPE, measured_density
from workflows import measured
from workflows.events import Released
from workflows.recipe import Recipe

SIGNED = ("Pam Pharmacist", "Quin Pharmacist")
ONE_GRAM, IN_SALINE, PACLITAXEL_VIAL, NON_PVC = "00399999501010", "00303380049028", "00363323763503", "00302647800204"
POWDER = replace(
    OF_A_SOLUTION, name="gemcitabine-1g-bag", items=("gemcitabine-1g",), ndcs=("99999-501-01",), signed_by=SIGNED,
    density=measured_density("1.030"), vial_mg=D(1000), vial_ml=D("26.3"), waste_unit_mg=None,
    reconstitution=replace(RECIPE.reconstitution, volume_ml=D(25), displacement_ml=D("1.3"), mode="B"),  # type: ignore[type-var]  # it is there
)  # fmt: skip
PACLITAXEL = replace(AS_SHIPPED, signed_by=SIGNED)
HELD = {"vial:1": "TRD00001", "diluent": "TRD00002", "base": "TRD00003"}
AT_HAND = {slot: pharmacy.own("U", label) for slot, label in HELD.items()}
OF_POWDER = Shelf(AT_HAND, {
    "recon-before:1": "41.20", "recon-after:1": "65.80", "syringe-empty:1": "18.42", "syringe-full:1": "43.60",
    "bag-before": "287.60", "bag-after": "312.76",
})  # fmt: skip
OF_LIQUID = Shelf(AT_HAND, {
    "syringe-empty:1": "18.42", "syringe-full:1": "40.21", "syringe-empty:2": "18.39", "syringe-full:2": "40.18",
    "bag-before": "287.60", "bag-after": "331.18",
})  # fmt: skip


def ready(hood: Hood, recipe: Recipe, number: int, held: dict[str, str], **changes: str) -> None:
    """A demo order, changed, received and verified; its recipe signed and its containers on the shelf."""
    at = now()

    def rows(conn: Connection) -> None:
        recipes.add_recipe(conn, recipe, effective_from=at - timedelta(days=1))
        if ONE_GRAM in held.values():
            conn.execute(insert(package), powder())
        for slot, gtin in held.items():
            conn.execute(insert(unit), received(HELD[slot], gtin, at))

    hood.rooms.store.write(rows)
    text = demo_orders(at, pharmacy.ZONE)[number][1].decode()
    for old, new in changes.items():
        text = text.replace(old, new)
    hood.preparation = pharmacy.order(hood.rooms, text.encode(), at, ONCEHR)
    pharmacy.sign(hood.rooms, hood.preparation, "verify", "order verified")


def powder() -> dict[str, str | None]:
    """A vial of 1 g of an invented maker."""
    told = {"ndc": "99999-501-01", "item": "gemcitabine-1g", "role": "drug", "text": "gemcitabine 1 g powder"}
    amounts = {"concentration_mg_ml": "38", "amount_mg": "1000", "volume_ml": None}
    blank = dict.fromkeys(("fluid", "part", "level"), "")
    return {
        **told, **amounts, **blank, "gtin14": ONE_GRAM, "drug": "gemcitabine", "single_dose": "yes",
        "confirmed_by": pharmacy.HUMAN,
    }  # fmt: skip


def received(label: str, gtin: str, at: datetime) -> dict[str, object]:
    expiry = (at + timedelta(days=400)).date().isoformat()
    return {"label": label, "gtin14": gtin, "lot": "TR71", "expiry": expiry, "received_at": at, "received_by": "x"}


def released(hood: Hood, hands: Hands) -> Released:
    """Approve it at the desk, take its label off, and verify the whole record."""
    approve(hood)
    hands.take_label_off()
    with hood.rooms.store.reading() as conn:
        history = preparations.history(conn, hood.preparation)
    assert verify(database_file(hood.house.settings), hood.house.settings.photos).faults == ()
    return next(one.event for one in history if isinstance(one.event, Released))


@pytest.mark.soak
def test_r5_gemcitabine_from_powder_is_drawn_by_what_is_truly_in_its_vial(hood: Hood) -> None:
    held = {"vial:1": ONE_GRAM, "diluent": "00304094888507", "base": IN_SALINE}
    ready(hood, POWDER, 2, held, **{"|1700|": "|950|", "589.5": "550", "|1000|mg/m2": "|558.8|mg/m2"})
    hands = Hands(hood, OF_POWDER)
    hands.make()
    made = measured.vial_gains(hood.p())[0]
    assert made is not None
    page = office(hood).get(f"/review/{hood.preparation}").text
    assert "1,000 mg ÷ (24.49 mL diluent + 1.3 mL displacement)" in page
    assert (round(made.diluent.ml, 2), round(made.concentration.mg_per_ml, 2)) == (D("24.49"), D("38.78"))
    assert round(released(hood, hands).dose_mg, 1) == D("948.0"), "25.18 g / 1.030 g/mL * 38.78 mg/mL"


@pytest.mark.soak
def test_r12_paclitaxel_is_right_by_its_own_density_where_waters_would_refuse_every_right_draw(hood: Hood) -> None:
    ready(hood, PACLITAXEL, 1, {"vial:1": PACLITAXEL_VIAL, "base": NON_PVC})
    hands = Hands(hood, OF_LIQUID)
    hands.make()
    p = hood.p()
    assert (len(p.plan.syringes_ml), p.plan.base, round(p.plan.final_mg_ml, 2)) == (2, NS, D("0.95"))
    assert p.plan.gain is not None
    assert round(p.plan.gain.expected_g, 1) == D("43.6"), "47.1 mL * 0.925 g/mL"
    assert round(D("43.58") / p.plan.volume_ml - 1, 3) == D("-0.075"), "what water's density would say of a right draw"
    assert round(released(hood, hands).dose_mg, 1) == D("282.7")
