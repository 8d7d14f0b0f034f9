"""A pharmacy with a trial: its recipe, its stock, an order of it, and the two people who write each line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.catalogue import identify, recipes
from app.catalogue import trial_lines as book
from app.demo.recipes import DOXORUBICIN
from app.desk.orders import link_of
from app.interfaces.tables import ordered
from app.record import codec, ordertext
from tests.people.cast import BO
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import form_of
from tests.web.test_syringe import SEVENTH
from tests.workflows.example import CABINET, POLICY, device, scan, weigh
from workflows.evidence import Confirmation, Container, LabelCode, OtherCode
from workflows.order import PatientText

PROTOCOL = "S-2301"
TRIAL = replace(
    DOXORUBICIN,
    name="doxorubicin-s2301-syringe",
    signed_by=("Pam Pharmacist", "Quin Pharmacist"),
    protocol=PROTOCOL,
    sponsor="Cooperative Group",
    assigned_kits=True,
)
NORMAL = replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"))
SECOND = {"badge": BO.badge, "pin": BO.pin}
SIGNING = ("badge", "pin", "over")
"""What a form says when the second person signs."""


@pytest.fixture
def seeded(pharmacy: Pharmacy) -> Seeded:
    """A pharmacy with a signed recipe of the trial, beside the normal one of the same drug."""
    made = Seeded(pharmacy.house, recipe=NORMAL, policy=POLICY)
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, TRIAL, effective_from=made.started))
    return made


def act(desk: FlaskClient, path: str, where: str = "/trials", **said: str) -> tuple[int, str]:
    """Fill in a form of the page `where`, and have a second person sign what comes of it; the status, and why it was refused."""
    form = form_of(desk.get(where).text, path)
    answer = desk.post(path, data={**form, **{name: value for name, value in said.items() if name not in SIGNING}})
    if answer.status_code == 200:
        shown = form_of(answer.text, f'{path}" autocomplete="off" data-signed')
        answer = desk.post(path, data={**shown, **SECOND, **{name: said[name] for name in SIGNING if name in said}})
    told = re.findall(r"class=\"trouble[^>]*>.*?<div>(.*?)</div>", answer.text, re.DOTALL)
    return answer.status_code, " ".join(told)


def received(desk: FlaskClient, kits: str = "K-17 K-18 K-19", recipe: str = TRIAL.name) -> None:
    said = {"recipe": recipe, "kits": kits, "lot": "T100", "expiry": "2099-01-31", "note": "depot, shipment 4711"}
    assert act(desk, "/trials/receive", **said) == (303, "")


def units(pharmacy: Pharmacy) -> dict[str, str]:
    """The unit labels of what is in stock, by kit."""
    with pharmacy.house.store.reading() as conn:
        return {one.line.kit: one.line.unit for one in book.in_stock(book.lines(conn, "MAIN", PROTOCOL))}


def found(pharmacy: Pharmacy, label: str) -> Container | OtherCode:
    with pharmacy.house.store.reading() as conn:
        said = identify.by_unit(conn, label)
    assert isinstance(said, Container | OtherCode)
    return said


def of_the_trial(pharmacy: Pharmacy, seeded: Seeded, desk: FlaskClient, kits: str = "K-17") -> Making:
    """An order of the trial, its subject entered, and its preparation opened."""
    raw = seeded.message(SEVENTH, **{"AC^Doxorubicin^L": "S-2301^A study^L"})
    assert seeded.receive(raw) == "", "nothing is made of it before somebody says for whom it is"
    with pharmacy.house.store.reading() as conn:
        key, waits = conn.execute(select(ordered.c.key, ordered.c.waits)).one()
    assert "no subject number is entered" in waits
    page = f"/orders/{link_of(key)}"
    assert act(desk, f"{page}/trial", page, subject="2301-0042", kits="") == (303, "")
    with pharmacy.house.store.reading() as conn:
        waits = conn.execute(select(ordered.c.waits)).scalar_one()
    assert "no kit number is entered" in waits
    assert act(desk, f"{page}/trial", page, subject="2301-0042", kits=kits) == (303, "")
    with pharmacy.house.store.reading() as conn:
        opened = conn.execute(select(ordered.c.preparation)).scalar_one()
    assert "2301-0042" in desk.get(page).text
    return Making(seeded, opened, clock.now(), timedelta(seconds=1))


def dressed(made: Making) -> Making:
    made.until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    return made


def checked(made: Making) -> Making:
    for number, part in enumerate(made.p.plan.devices):
        made.do(scan(device(part, f"{made.id}/{number}")))
    made.do(made.shoot("staged"))
    made.do(weigh("18.60", made.at))
    made.do(weigh("38.67", made.at))
    made.do(made.shoot("syringes"))
    made.do(made.shoot("empty"))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    return made


def patient_of(made: Making) -> PatientText:
    with made.house.store.reading() as conn:
        text = ordertext.get(conn, made.p.patient, made.p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    return codec.decode(PatientText, text.fields)


def unit_label(desk: FlaskClient, label: str, **said: str) -> TestResponse:
    """Ask for the label of one unit, as its form does."""
    path = f"/trials/units/{label}/label"
    return desk.post(path, data={**form_of(desk.get("/trials").text, path), **said})


def order_of(
    seeded: Seeded,
    number: int = 7,
    mrn: str = "90000107",
    protocol: str = "S-2301^A study^L",
    control: str = "NW",
    **more: str,
) -> str:
    """Take in an order of doxorubicin for a patient, or a change of it, and return its key."""
    placer, changes = f"DEMO1{number:03}", {"ORC|NW|": f"ORC|{control}|", "AC^Doxorubicin^L": protocol}
    ids = {"DEMO1007": placer, "DEMO000007": f"M-{seeded.numbers}", "90000107": mrn, "39900107": f"V{mrn}"}
    seeded.receive(seeded.message(SEVENTH, **changes, **ids, **more))
    with seeded.house.store.reading() as conn:
        return next(key for key in conn.execute(select(ordered.c.key)).scalars() if placer in key)


def entered(desk: FlaskClient, key: str, kits: str, subject: str = "2301-0042", **said: str) -> tuple[int, str]:
    """Enter subject and kits on an order's page, and have them signed."""
    page = f"/orders/{link_of(key)}"
    return act(desk, f"{page}/trial", page, subject=subject, kits=kits, **said)


def waits(pharmacy: Pharmacy, key: str) -> str:
    """Why nothing is made of an order; the id of its preparation where one is opened."""
    with pharmacy.house.store.reading() as conn:
        row = conn.execute(select(ordered.c.waits, ordered.c.preparation).where(ordered.c.key == key)).one()
    return str(row.waits or row.preparation)
