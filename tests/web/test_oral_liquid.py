"""A liquid by mouth from its HL7 order to its record: an oral syringe alone, shaken, weighed, and what screens and label say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import select

from app import clock
from app.demo.recipes import CYCLOPHOSPHAMIDE
from app.interfaces.tables import ordered as table
from app.web import recipe_form
from tests.cast import CURRENT
from tests.people.cast import ANN, PAM, Member
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import approve, at_desk, post
from tests.web.test_record_page import pdf_text
from tests.web.test_syringe import no_bag, trial_label
from tests.workflows.example import CABINET, device, scan, vial, weigh
from workflows import commands as asked
from workflows.authoring import wrong_in
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, LabelCode, Scan
from workflows.recipe import DensityOf, Recipe
from workflows.rules.oral import SHAKEN

SIGNED = ("Pam Pharmacist", "Quin Pharmacist")
SUSPENSION: Recipe = replace(
    CYCLOPHOSPHAMIDE, name="cyclophosphamide-20-oral", signed_by=SIGNED, items=("cyclophosphamide-20-suspension",),
    ndcs=("99999-020-01",), density=DensityOf(D("1.04"), "measured", D("0.0005"), confirmed=True), vial_mg=D(2000),
    vial_ml=D(100), reconstitution=None, bases=(), routes=("PO",), containers=("oral syringe",), cstd_brand="",
    final_min_mg_ml=None, stability_h=D(24 * 14), opened_h=None, waste_unit_mg=None, single_dose=False,
    warnings=("shake well",), may_be_shared=False,
)  # fmt: skip
BOTTLE = vial(
    "", item_id="cyclophosphamide-20-suspension", text="cyclophosphamide 2,000 mg/100 mL suspension", drug="cyclophosphamide",
    ndc="99999-020-01", concentration_mg_ml=D(20), amount_mg=D(2000), lot="S1",
)  # fmt: skip
INTO_THE_MOUTH = {
    "SYR^Syringe^L": "ORSYR^Oral syringe^L",
    "47625008^Intravenous route^SCT^IV^Intravenous^HL70162|CVL^Central venous line^HL70163": "26643006^Oral route^SCT|",
    "3639^doxorubicin^RXNORM|40||": "3002^cyclophosphamide^RXNORM|60||",
    "DOX-2^doxorubicin 2 mg/mL^L^3639^doxorubicin^RXNORM|40|mg^milligram^UCUM|2|": (
        "CYCLO-20^cyclophosphamide 20 mg/mL reconstituted^L^3002^cyclophosphamide^RXNORM|60|mg^milligram^UCUM|20|"
    ),
    "Push over 5 minutes into a running infusion. Vesicant.": "Once, with food.",
    "||||5^min|1": "|||||1",
    "AC^Doxorubicin^L|1|1|25|": "CYC^Cyclophosphamide^L|1|1|37.5|",
}
"""The demo's order for a syringe of doxorubicin, turned into 60 mg of cyclophosphamide by mouth: 3 mL of 20 mg/mL."""
SEVENTH = 6


class Swallowed(Making):
    def who(self, member: Member | Actor) -> Actor:
        found = super().who(member)
        return (
            found if isinstance(member, Actor) else replace(found, competencies=(*CURRENT, ("HD-ORAL", CURRENT[0][1])))
        )

    def oral_syringe(self, size: str = "5", kind: str = "oral syringe") -> Scan:
        found = device(f"{kind} {size} mL", f"{self.id}/{kind}{size}")
        return scan(found)

    def until_staged(self) -> Swallowed:
        self.until_claimed()
        self.do(scan(replace(CABINET, certified_until=self.at + timedelta(days=90), decontaminated=True)))
        for item in self.p.policy.ppe:
            self.do(Confirmation(item))
        self.do(scan(replace(BOTTLE, unit=f"A/{self.id}")))
        self.do(self.oral_syringe())
        self.do(self.shoot("staged"))
        return self

    def until_drawn(self) -> Swallowed:
        self.until_staged()
        self.do(weigh("8.60", self.at))
        self.do(Confirmation(SHAKEN))
        self.do(weigh("11.72", self.at))
        self.do(self.shoot("syringes"))
        return self

    def until_check(self, **_: object) -> Swallowed:
        self.until_drawn()
        self.do(self.shoot("empty"))
        self.do(self.label("final"), PRINTER)
        self.do(scan(LabelCode("final", self.id, 1, self.id, False)))
        self.do(self.shoot("final"))
        return self


@pytest.fixture
def ordered(pharmacy: Pharmacy) -> Swallowed:
    """60 mg of cyclophosphamide by mouth, opened by the recipe of a suspension of 20 mg/mL."""
    seeded = Seeded(pharmacy.house, recipe=SUSPENSION)
    return Swallowed(
        seeded, seeded.receive(seeded.message(SEVENTH, **INTO_THE_MOUTH)), clock.now() - timedelta(minutes=8)
    )


def screen(pharmacy: Pharmacy, made: Making) -> dict[str, object]:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    shown = client.get(f"/terminal/HOOD-1/p/{made.id}", headers={"Accept": "application/json"}).get_json()["screen"]
    assert isinstance(shown, dict)
    return shown


def test_r54_sixty_mg_are_three_ml_in_one_oral_syringe_of_five(ordered: Swallowed) -> None:
    p = ordered.p
    assert (p.workflow, p.plan.container, p.plan.volume_ml, p.plan.syringes_ml) == (
        *("oral-liquid-gravimetric", "oral syringe"),
        *(D(3), (D(5),)),
    )
    assert (p.plan.draw.expected_g, p.plan.draw.low_g, p.plan.draw.high_g) == (D("3.12"), D("2.964"), D("3.276"))
    assert p.plan.devices == (), "no closed-system device goes on a bottle or a mouth"


def test_r44_whoever_is_not_competent_for_what_is_taken_by_mouth_does_not_begin(ordered: Swallowed) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    sterile_alone = Making(ordered.seeded, ordered.id, ordered.at)
    answer = sterile_alone.ask(asked.Claim())
    assert answer.kind == "refused"
    assert "HD-ORAL" in answer.says


def test_r54_no_syringe_for_the_vein_is_filled_whoever_would_accept_it(ordered: Swallowed) -> None:
    ordered.until_claimed()
    ordered.do(scan(replace(CABINET, certified_until=ordered.at + timedelta(days=90), decontaminated=True)))
    for item in ordered.p.policy.ppe:
        ordered.do(Confirmation(item))
    ordered.do(scan(replace(BOTTLE, unit=f"A/{ordered.id}")))
    for size, kind, code in (("5", "syringe", "NOT_AN_ORAL_SYRINGE"), ("10", "oral syringe", "WRONG_SIZE")):
        answer = ordered.ask(asked.Submit("", ordered.oral_syringe(size, kind)))
        assert (answer.kind, answer.code) == ("rejected", code), answer
    waived = ordered.ask(asked.Waive("dispenser:1", "WRONG_SIZE", "there is no other one"), PAM)
    assert waived.kind == "refused"
    assert "dispenser:1" not in ordered.p.entries


def test_r54_the_glass_asks_for_bottle_oral_syringe_and_shaking_and_speaks_of_no_vial(
    pharmacy: Pharmacy, ordered: Swallowed
) -> None:
    ordered.until_staged()
    shown = screen(pharmacy, ordered)
    assert (shown["task"], "ORAL ONLY" in str(shown["marks"])) == ("Weigh the empty oral syringe with its cap.", True)
    ordered.do(weigh("8.60", ordered.at))
    assert screen(pharmacy, ordered)["task"] == "Shake the bottle well. Look at its bottom."
    refused = ordered.ask(asked.Submit("", weigh("11.72", ordered.at)))
    assert refused.kind in ("refused", "rejected"), "nothing is drawn before it was shaken"
    ordered.do(Confirmation(SHAKEN))
    shown = screen(pharmacy, ordered)
    assert shown["task"] == "Draw 3 mL. Cap the oral syringe. Weigh it."
    answer = ordered.ask(asked.Submit("", weigh("12.03", ordered.at)))
    assert (answer.kind, answer.code) == ("rejected", "TOO_MUCH")


def test_r54_a_dose_by_mouth_is_reviewed_released_and_recorded_as_one(pharmacy: Pharmacy, ordered: Swallowed) -> None:
    ordered.until_check()
    page = at_desk(pharmacy).get(f"/review/{ordered.id}").text
    assert "3.12 g" in page
    words = " ".join(page.split())
    for told in ("scanned as one", SHAKEN, "Filled oral syringe beside its bottle", "Bottle after the draw"):
        assert told in words, told
    assert "Emptied vials" not in words
    no_bag(page)
    assert approve(at_desk(pharmacy), ordered).status_code in (200, 302, 303)
    ordered.release()
    ordered.do(Confirmation("leftovers discarded"))
    assert (ordered.p.outcome, ordered.p.closed) == ("released", True)
    paper = " ".join(pdf_text(at_desk(pharmacy).get(f"/record/{ordered.id}/pdf").data).split())
    assert "60 mg in a 5 mL oral syringe, undiluted" in paper


def test_r54_its_label_says_for_oral_use_only_and_is_dated_by_stability_alone(
    pharmacy: Pharmacy, ordered: Swallowed
) -> None:
    ordered.until_check()
    label = trial_label(pharmacy, ordered)
    assert (label.route, label.given_by, label.warnings) == ("oral", "mouth", ("FOR ORAL USE ONLY",))
    assert (label.container, label.total_volume, label.duration_minutes) == ("5 mL oral syringe", D("3.00"), None)
    assert "stability, 336 h" in at_desk(pharmacy).get(f"/review/{ordered.id}").text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"ORSYR^Oral syringe^L": "SYR^Syringe^L"}, "drawn into an oral syringe"),
        ({"|60|": "|61|"}, "lie between two marks of a 5 mL oral syringe"),
    ],
)
def test_r54_an_order_that_is_no_readable_dose_for_the_mouth_is_not_opened(
    pharmacy: Pharmacy, changed: dict[str, str], says: str
) -> None:
    seeded = Seeded(pharmacy.house, recipe=SUSPENSION)
    raw = seeded.message(SEVENTH, **INTO_THE_MOUTH, **changed)
    assert seeded.receive(raw) == ""
    assert says in waits(pharmacy)


def waits(pharmacy: Pharmacy) -> str:
    with pharmacy.house.store.reading() as conn:
        return str(conn.execute(select(table.c.waits)).scalar_one())


def test_r49_r54_the_form_gives_back_the_recipe_for_the_mouth_and_nothing_is_wrong_in_it(pharmacy: Pharmacy) -> None:
    back = recipe_form.read(recipe_form.written(SUSPENSION), Recipe)
    unsigned = replace(SUSPENSION.density, confirmed=False)
    assert back == replace(SUSPENSION, version=1, signed_by=(), unconfirmed=(), density=unsigned)
    assert wrong_in(SUSPENSION) == ()
    told = {
        **recipe_form.written(SUSPENSION),
        "of": "",
        "why": "stability study of 2026",
        "containers": "oral syringe\nsyringe",
    }
    today = clock.now().astimezone(pharmacy.house.settings.zone).date().isoformat()
    answer = post(at_desk(pharmacy), "/recipes/draft", **told, effective_on=today)
    assert (answer.status_code, "for an oral syringe alone" in answer.text) == (422, True)


def test_r60_the_downtime_sheet_of_a_liquid_by_mouth_names_the_oral_syringe(
    pharmacy: Pharmacy, ordered: Swallowed
) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    text = " ".join(pdf_text(at_desk(pharmacy).get(f"/record/{ordered.id}/downtime-sheet").data).split())
    assert "a 5 mL oral syringe, undiluted" in text
    no_bag(text)
