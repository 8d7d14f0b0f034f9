"""A syringe from its HL7 order to its record: what screens, review, paper, tables and FHIR say of it, and no word of a bag."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import Connection, select

from app import labelling
from app.demo.recipes import DOXORUBICIN
from app.export.wanted import Wanted
from app.interfaces.opening import clear_finding, read_as
from app.interfaces.tables import ordered as ordered_table
from app.people.actors import actor
from app.record import codec, ordertext
from labels import SyringeLabel
from tests.export.asking import bytes_of
from tests.people.cast import ANN, PAM
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import approve, at_desk
from tests.web.test_record_page import pdf_text
from tests.workflows.example import CABINET, device, scan, vial, weigh
from workflows.evidence import Confirmation, LabelCode
from workflows.order import PatientText

SEVENTH = 6
"""Among the demo's orders: DOXOrubicin 40 mg in a syringe."""
VIAL = vial(
    "", item_id="doxorubicin-25ml-fresenius", text="doxorubicin 50 mg/25 mL solution", drug="doxorubicin", ndc="63323-883-30",
    concentration_mg_ml=D(2), amount_mg=D(50), lot="DX771",
)  # fmt: skip


@pytest.fixture
def ordered(pharmacy: Pharmacy) -> Making:
    """The demo's seventh order, opened."""
    seeded = Seeded(pharmacy.house, recipe=replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist")))
    return Making(seeded, seeded.receive(seeded.message(SEVENTH)), seeded.started)


def drawn(made: Making) -> Making:
    made.until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    made.do(scan(replace(VIAL, unit=f"A/{made.id}")))
    for number, part in enumerate(made.p.plan.devices):
        made.do(scan(device(part, f"{made.id}/{number}")))
    made.do(made.shoot("staged"))
    made.do(weigh("18.60", made.at))
    made.do(weigh("38.67", made.at))
    made.do(made.shoot("syringes"))
    return made


def checked(made: Making) -> Making:
    drawn(made)
    made.do(made.shoot("empty"))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    return made


def no_bag(text: str) -> None:
    """Hold a text to speaking of no bag and of no injection; styles and drawings, which know both, are left out."""
    words = re.sub(r"<(svg|style|script)\b.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    assert re.findall(r"[^.\n]{0,40}\b(?:bags?|[Ii]nject\w*)\b[^.\n]{0,40}", words) == []


def test_its_order_is_opened_by_the_workflow_that_fills_syringes(pharmacy: Pharmacy, ordered: Making) -> None:
    assert (ordered.p.workflow, ordered.p.plan.syringes_ml, ordered.p.plan.vials) == (
        "iv-syringe-gravimetric",
        (D(35),),
        1,
    )
    ordered.do(ordered.sign("order verified"), PAM)
    client = pharmacy.client()
    sign_in_station(client, ANN)
    listed = client.get("/terminal/HOOD-1/worklist").text
    assert "DOXOrubicin" in listed
    assert "syringe" in listed
    no_bag(listed)


def test_a_reviewer_sees_the_drawn_dose_and_releases_it(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    page = at_desk(pharmacy).get(f"/review/{ordered.id}").text
    assert "39.9 mg" in page
    assert "20.07 g" in page
    no_bag(page)
    assert approve(at_desk(pharmacy), ordered).status_code in (200, 302, 303)
    ordered.release()
    ordered.do(Confirmation("leftovers discarded"))
    assert (ordered.p.outcome, ordered.p.closed) == ("released", True)


def test_its_record_on_page_and_paper_names_the_syringe(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    desk = at_desk(pharmacy)
    page, paper = desk.get(f"/record/{ordered.id}").text, pdf_text(desk.get(f"/record/{ordered.id}/pdf").data)
    for text in (page, paper):
        assert "a 35 mL syringe, undiluted" in " ".join(text.split())
        no_bag(text)
    assert "40 mg in a 35 mL syringe, undiluted, solution in a syringe" in " ".join(paper.split())
    assert "1 syringe, 39.9 mg by weighed draws" in " ".join(paper.split())


def test_tables_and_fhir_have_no_base_where_there_is_none(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    resources = [json.loads(line) for line in bytes_of(pharmacy, Wanted("fhir", patients="named")).splitlines()]
    dispense = next(one for one in resources if one["resourceType"] == "MedicationDispense")
    mix = next(one for one in dispense["contained"] if one["id"] == "mix")
    assert mix["code"]["text"] == "DOXOrubicin 40 mg in a 35 mL syringe, undiluted"
    assert [one.get("itemReference") for one in mix["ingredient"]] == [{"reference": "#solution"}]
    assert "whenPrepared" in dispense, "the dose was in its container when the draw was weighed"


def test_its_label_says_how_it_is_pushed_and_what_is_in_it(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    p = ordered.p
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient = codec.decode(PatientText, text.fields)
    label = labelling.final(p, patient, pharmacy.house.settings, label_id="ABCD2345", copy=1, by="Ann T.")
    assert isinstance(label, SyringeLabel)
    assert (label.dose, label.total_volume, label.concentration) == (D(40), D("20.00"), D("2.00"))
    assert (label.given_by, label.duration_minutes, label.route, label.diluent) == (
        "push",
        D(5),
        "intravenous",
        "undiluted",
    )
    assert label.use_before > label.prepared_at
    client = pharmacy.client()
    sign_in_station(client, ANN)
    page = client.get(f"/terminal/HOOD-1/p/{ordered.id}").text
    assert "intravenous infusion" not in page, "what is pushed is no infusion"


def test_the_downtime_sheet_of_a_syringe_has_no_row_for_a_bag(pharmacy: Pharmacy, ordered: Making) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    text = pdf_text(at_desk(pharmacy).get(f"/record/{ordered.id}/downtime-sheet").data)
    assert "a 35 mL syringe, undiluted" in " ".join(text.split())
    no_bag(text)


def test_r29_an_intrathecal_order_waits_for_a_pharmacist_and_screen_and_label_say_its_route(pharmacy: Pharmacy) -> None:
    recipe = replace(
        DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"), routes=("IT",), hold=True, preservative_free=True,
        drug="methotrexate", printed_drug="methotrexate",
    )  # fmt: skip
    seeded = Seeded(pharmacy.house, recipe=recipe)
    said = "47625008^Intravenous route^SCT^IV^Intravenous^HL70162|CVL^Central venous line^HL70163"
    into = {
        said: "72607000^Intrathecal^SCT|",
        "Push over 5 minutes into a running infusion. Vesicant.": "Over 5 minutes.",
        "3639^doxorubicin^RXNORM": "6851^methotrexate^RXNORM",
        "DOX-2^doxorubicin": "MTX-2^methotrexate",
    }
    raw = seeded.message(SEVENTH, **into)
    assert seeded.receive(raw) == "", "nothing is made of it before a pharmacist has cleared it"
    with pharmacy.house.store.reading() as conn:
        key = conn.execute(select(ordered_table.c.key)).scalar_one()

    def clear(conn: Connection) -> str:
        pam = actor(conn, PAM.id, pharmacy.house.settings, seeded.started)
        over = read_as(conn.execute(select(ordered_table)).one())
        how = {"over": over, "reason": "checked by two, kept apart", "who": pam, "at": seeded.started}
        return clear_finding(conn, pharmacy.house.dispatcher, key, "INTRATHECAL", **how)

    assert pharmacy.house.store.write(clear) == ""
    with pharmacy.house.store.reading() as conn:
        opened = conn.execute(select(ordered_table.c.preparation)).scalar_one()
        waits = conn.execute(select(ordered_table.c.waits)).scalar_one()
    assert opened, waits
    made = Making(seeded, opened, seeded.started).until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    client = pharmacy.client()
    sign_in_station(client, ANN)
    screen = client.get(f"/terminal/HOOD-1/p/{made.id}", headers={"Accept": "application/json"}).get_json()["screen"]
    assert ("INTRATHECAL ONLY" in screen["marks"], screen["task"]) == (
        True,
        "Empty the cabinet of all else. No vinca drug.",
    )
    label = trial_label(pharmacy, made)
    assert (label.route, label.warnings) == ("intrathecal", ("FOR INTRATHECAL USE ONLY",))


def trial_label(pharmacy: Pharmacy, made: Making) -> SyringeLabel:
    """The final label as it would be printed now."""
    p = made.p
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient = codec.decode(PatientText, text.fields)
    example = labelling.trial(p.plan, p.recipe, made.at, "Ann T.")
    return labelling.syringe(p.order, p.recipe, p.plan, patient, pharmacy.house.settings, example)
