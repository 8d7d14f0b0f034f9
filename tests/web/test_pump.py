"""Fluorouracil over 46 hours from its HL7 order to its record: the pump's screen typed twice, review, label, paper, FHIR."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import labelling
from app.catalogue import load
from app.catalogue.tables import package
from app.demo.recipes import IN_A_CASSETTE, LIBRARY
from app.export.wanted import Wanted
from app.record import codec, ordertext
from labels import PumpLabel
from tests.export.asking import bytes_of
from tests.people.cast import ANN, BO, PAM, Member
from tests.web.at_station import token_in
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import approve, at_desk
from tests.web.test_record_page import pdf_text
from tests.workflows.example import CABINET, DILUENT, POLICY, device, scan, vial, weigh
from workflows.evidence import Confirmation, Container, LabelCode, Programme
from workflows.order import PatientText
from workflows.plan import Plan, plan
from workflows.recipe import Recipe

EIGHTH = 7
"""Among the demo's orders: fluorouracil 4,320 mg in a cassette."""
SITE = replace(POLICY, pump_library=LIBRARY, competencies=("HD-STERILE", "GRAV"), pump_competencies=("HD-STERILE",))
VIAL = vial(
    "", item_id="fluorouracil-pbp-50ml", text="fluorouracil 2.5 g/50 mL", drug="fluorouracil", ndc="63323-117-58",
    concentration_mg_ml=D(50), amount_mg=D(2500), lot="FU502",
)  # fmt: skip
CASSETTE = Container(
    "base", "demopump-cassette-100", "Demopump cassette 100 mL", volume_ml=D(100), part="cassette", lot="CA771",
    expiry=VIAL.expiry,
)  # fmt: skip
SCREEN = Programme("FU-CONT", "7", D(92), D(2), D(46), True)
SHOWN = {"entry": "FU-CONT", "version": "7", "reservoir": "92.0", "rate": "2.0", "hours": "46", "locked": "yes"}


@pytest.fixture
def ordered(pharmacy: Pharmacy) -> Making:
    """The demo's eighth order, opened."""
    recipe = replace(IN_A_CASSETTE, signed_by=("Pam Pharmacist", "Quin Pharmacist"))
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=SITE)
    return Making(seeded, seeded.receive(seeded.message(EIGHTH)), seeded.started)


def filled(made: Making) -> Making:
    made.until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    for found in (VIAL, VIAL, replace(DILUENT, volume_ml=D(10)), CASSETTE):
        made.do(scan(replace(found, unit=f"{found.item_id}/{len(made.p.entries)}/{made.id}")))
    for number, part in enumerate(made.p.plan.devices):
        made.do(scan(device(part, f"{made.id}/{number}")))
    made.do(made.shoot("staged"))
    for grams in ("18.40", "63.20", "18.41", "63.51", "8.00", "13.60"):
        made.do(weigh(grams, made.at))
    made.do(made.shoot("syringes"))
    for grams in ("61.20", "156.70"):
        made.do(weigh(grams, made.at))
    made.do(Confirmation("air out and clamp closed"))
    made.do(made.shoot("empty"))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    return made


def checked(made: Making) -> Making:
    filled(made)
    made.do(SCREEN)
    made.do(made.shoot("pump"))
    made.do(SCREEN, second=BO)
    return made


class Tablet:
    """Ann's tablet, without a browser."""

    def __init__(self, pharmacy: Pharmacy, made: Making) -> None:
        self.client: FlaskClient = pharmacy.client()
        sign_in_station(self.client, ANN)
        self.path = f"/terminal/HOOD-1/p/{made.id}"

    def shows(self) -> dict[str, object]:
        found: dict[str, object] = self.client.get(self.path, headers={"Accept": "application/json"}).get_json()[
            "screen"
        ]
        return found

    def types(self, by: Member | None = None, **changes: str) -> tuple[int, str]:
        """Type what the pump shows on the page for it; with the second person's badge and PIN, where there is one."""
        shown, page = self.shows(), self.client.get(f"{self.path}/programme").text
        form = {"command_id": shown["command_id"], "expected_version": shown["version"], "csrf_token": token_in(page)}
        signs = {"badge": by.badge, "pin": by.pin} if by else {}
        answer = self.client.post(f"{self.path}/programme", data={**form, **SHOWN, **signs, **changes})
        return answer.status_code, answer.text


def test_r55_the_pumps_screen_is_typed_compared_and_read_again_by_a_second_person(
    pharmacy: Pharmacy, ordered: Making
) -> None:
    filled(ordered)
    tablet = Tablet(pharmacy, ordered)
    shown = tablet.shows()
    assert (shown["kind"], shown["task"]) == ("programme", "Set the pump. Type what its screen shows.")
    assert [(one["label"], one["detail"]) for one in shown["items"]] == [  # type: ignore[attr-defined]  # a list
        ("library entry", "FU-CONT, version 7"), ("reservoir volume", "92 mL"), ("rate", "2 mL/h"), ("time", "46 h"),
        ("lock", "on"),
    ]  # fmt: skip
    status, page = tablet.types(rate="20")
    assert "The pump is set wrong: rate 20 mL/h, not 2 mL/h." in page
    status, page = tablet.types(rate="2,0")
    assert (status, "Type the rate in mL/h as the screen shows it" in page) == (422, True)
    assert tablet.types(version="6")[1].count("signed is FU-CONT, version 7") == 1
    assert tablet.types()[0] == 302
    ordered.at += timedelta(hours=1)
    ordered.do(ordered.shoot("pump"))
    again = tablet.shows()
    assert {one["detail"] for one in again["items"]} == {"read it from the screen"}, "nobody is told what to read"  # type: ignore[attr-defined]
    assert "FU-CONT" not in tablet.client.get(f"{tablet.path}/programme").text
    unlike = tablet.types(BO, hours="4")[1]
    assert ("Set the pump anew, photograph it" in unlike, "46 h" in unlike) == (True, False), (
        "who checks is not told the plan"
    )
    assert ("Type what the pump" in unlike, 'value="4"' in unlike) == (True, False), (
        "who sets it anew is not shown what the second person read"
    )
    assert tablet.types()[0] == 302
    ordered.at += timedelta(minutes=1)
    ordered.do(ordered.shoot("pump, set anew"))
    assert tablet.types(ANN)[0] == 422, "nobody signs as their own second person"
    assert tablet.types(BO)[0] == 302
    p = ordered.p
    assert [miss.codes[0] for miss in p.near_misses] == [
        "PROGRAMME_DIFFERS", "LIBRARY_DIFFERS", "PROGRAMME_DIFFERS",
    ]  # fmt: skip
    assert p.entries["programme-check"].second == BO.id
    record = " ".join(at_desk(pharmacy).get(f"/record/{ordered.id}").text.split())
    assert "programme verified" in record


def test_the_review_opens_volume_rate_and_hours_into_their_formula_and_the_dose_is_released(
    pharmacy: Pharmacy, ordered: Making
) -> None:
    checked(ordered)
    page = " ".join(at_desk(pharmacy).get(f"/review/{ordered.id}").text.split())
    for words in (
        "2 mL/h × 46 h = 92 mL", "4,322.1 mg", "+0.05 %", "95.48 g", "92.62 to 98.35 g", "95.50 g", "46.96 mg/mL",
        "86.40 mL × 1.04 + 5.60 mL × 1.0046 = 95.482 g", "FU-CONT 7, 92 mL, 2 mL/h, 46 h, locked", "cassette, 100 mL",
    ):  # fmt: skip
        assert words in page, words
    assert approve(at_desk(pharmacy), ordered).status_code in (200, 302, 303)
    ordered.release()
    ordered.do(Confirmation("leftovers discarded"))
    assert (ordered.p.outcome, ordered.p.closed) == ("released", True)


def test_its_record_on_page_and_paper_names_the_cassette_and_its_programme(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    desk = at_desk(pharmacy)
    page, paper = desk.get(f"/record/{ordered.id}").text, pdf_text(desk.get(f"/record/{ordered.id}/pdf").data)
    for text in (page, paper):
        said = " ".join(text.split())
        assert "a 100 mL cassette, filled up to 92 mL with sodium chloride 0.9 %" in said
        assert "library entry FU-CONT, version 7, locked" in said
    assert "1 cassette, 4,322.1 mg by weighed draws, container gained 95.50 g" in " ".join(paper.split())


def test_fhir_has_the_diluent_and_the_drug_in_it(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    resources = [json.loads(line) for line in bytes_of(pharmacy, Wanted("fhir", patients="named")).splitlines()]
    dispense = next(one for one in resources if one["resourceType"] == "MedicationDispense")
    mix = next(one for one in dispense["contained"] if one["id"] == "mix")
    assert mix["code"]["text"] == (
        "fluorouracil 4320 mg in a 100 mL cassette, filled up to 92 mL with sodium chloride 0.9 %"
    )
    amounts = [one["strength"]["numerator"]["value"] for one in mix["ingredient"] if "strength" in one]
    assert 5.6 in amounts


def test_its_label_says_what_the_pump_is_told(pharmacy: Pharmacy, ordered: Making) -> None:
    checked(ordered)
    p = ordered.p
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient = codec.decode(PatientText, text.fields)
    label = labelling.final(p, patient, pharmacy.house.settings, label_id="ABCD2345", copy=1, by="Ann T.")
    assert isinstance(label, PumpLabel)
    assert (label.dose, label.total_volume, label.volume_to_infuse, label.reservoir_volume) == (
        D(4320),
        D(92),
        D(92),
        D(92),
    )
    assert (label.rate, label.hours, label.concentration, label.total_dose) == (D(2), D(46), D("46.96"), None)
    assert (label.library_entry, label.do_not_refrigerate, label.device) == ("FU-CONT, version 7", True, "cassette")
    hours = (label.use_before - label.prepared_at).total_seconds() / 3600
    assert 95 < hours <= 96, "category 2 for four days; stable for seven"


def test_the_downtime_sheet_of_a_pump_says_how_it_is_filled_and_run(pharmacy: Pharmacy, ordered: Making) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    text = " ".join(pdf_text(at_desk(pharmacy).get(f"/record/{ordered.id}/downtime-sheet").data).split())
    assert "a 100 mL cassette, filled up to 92 mL with sodium chloride 0.9 %" in text
    assert "2 mL/h for 46 h, 92 mL to infuse" in text
    assert "library entry FU-CONT, version 7" in text


def labelled(pharmacy: Pharmacy, ordered: Making, recipe: Recipe, **changes: object) -> PumpLabel:
    """The label of the demo's order, changed, as it would be printed."""
    p, at = ordered.p, ordered.at
    order = replace(p.order, **changes)  # type: ignore[arg-type]  # fields of an order
    made = plan(order, recipe, p.policy)
    assert isinstance(made, Plan), made
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient, trial = codec.decode(PatientText, text.fields), labelling.trial(made, recipe, at, "Ann T.")
    assert labelling.why_no_label(order, recipe, made, patient, pharmacy.house.settings, trial) == ""
    label = labelling.of_its_kind(order, recipe, made, patient, pharmacy.house.settings, trial)
    assert isinstance(label, PumpLabel)
    return label


def test_r55_the_label_of_an_overfilled_cassette_says_dose_and_total_and_that_of_a_device_its_nominal_flow(
    pharmacy: Pharmacy, ordered: Making
) -> None:
    recipe = ordered.p.recipe
    assert recipe.reservoir is not None
    more = replace(recipe, reservoir=replace(recipe.reservoir, prime_ml=D(2), residual_ml=D(1)))
    label = labelled(pharmacy, ordered, more)
    assert (label.dose, label.total_dose, label.total_volume) == (D(4320), D(4461), D(95))
    assert (label.volume_to_infuse, label.reservoir_volume, label.added) == (D(92), D(93), D(3))
    device = labelled(pharmacy, ordered, replace(recipe, containers=("elastomeric",)), container="elastomeric")
    assert (device.device, device.rate, device.hours, device.library_entry) == ("elastomeric", D(2), D(46), None)
    assert device.container.replace("\N{NO-BREAK SPACE}", " ") == "100 mL elastomeric pump"


RESERVOIRS = """code,name,container,maker,ndc,gtin14,volume_ml,non_pvc
DEMOPUMP-50,Demopump,cassette,Demopump (invented),,00860000000055,50,
DEMOFLOW-100,Demoflow,elastomeric 2 mL/h,Demopump (invented),,00860000000062,100,
"""


def test_an_empty_reservoir_is_taken_into_the_catalogue_with_its_kind_and_flow(pharmacy: Pharmacy) -> None:
    taken = pharmacy.house.store.write(lambda conn: load.load_diluents(conn, io.StringIO(RESERVOIRS)))
    assert (taken.packages, taken.left_out) == (2, ())
    with pharmacy.house.store.reading() as conn:
        rows = conn.execute(select(package).where(package.c.item.like("demo%-__%"), package.c.role == "base")).all()
    kept = {(row.text, row.fluid, row.part) for row in rows}
    assert ("Demopump 50 mL cassette", "", "cassette") in kept
    assert ("Demoflow 100 mL elastomeric 2 mL/h", "", "elastomeric 2 mL/h") in kept


def test_g32_the_recipe_of_a_cassette_shows_which_library_entries_are_signed_and_by_whom(
    pharmacy: Pharmacy, ordered: Making
) -> None:
    page = " ".join(at_desk(pharmacy).get(f"/recipes/{ordered.p.recipe.name}").text.split())
    line = "FU-CONT, version 7: 1 to 50 mg/mL, at most 10 mL/h; signed by Pam Specimen and Nora Invented."
    assert line in page
    assert "Reservoir of a pump" in page
