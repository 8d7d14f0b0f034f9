"""The register of the pumps' library: a pharmacist writes a line, two sign the policy it is part of, from a day on (G32)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from werkzeug.test import TestResponse

from app.catalogue import policies, recipes
from app.clock import now
from app.people import accounts
from app.record import log
from tests.people.cast import ANN, NIA, PAM, QUIN, UNA, Member, seat
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, post
from tests.web.test_policy import draft, sign
from tests.workflows.test_pumps import LINE
from workflows.pump_register import wrong_in
from workflows.recipe import LibraryEntry

BEA = Member(
    "BEA00012", "bea", "Bea Both", ("nurse", "pharmacist"), pin="517390", password="white coat over blue", licence="RPH-1012"
)  # fmt: skip
"""A nurse who is a pharmacist too."""
WRITTEN = {
    "drug": "fluorouracil", "entry": "FU-CONT", "version": "7", "least_mg_ml": "1", "most_mg_ml": "50", "most_ml_h": "10",
    "badge": NIA.badge, "pin": NIA.pin, "why": "pump library 7, page 3",
}  # fmt: skip


def enters(pharmacy: Pharmacy, by: Member = PAM, days: int = 0, **changes: str) -> TestResponse:
    day = now().astimezone(pharmacy.house.settings.zone).date() + timedelta(days=days)
    with pharmacy.house.store.reading() as conn:
        known = accounts.by_user(conn, NIA.user)
    if known is None:
        seat(pharmacy.house.door, now(), (NIA,))
    return post(at_desk(pharmacy, by), "/pump-library/enter", **{**WRITTEN, "effective_on": day.isoformat(), **changes})


def register(pharmacy: Pharmacy, days: int = 0) -> tuple[LibraryEntry, ...]:
    with pharmacy.house.store.reading() as conn:
        policy = recipes.policy_of(conn, pharmacy.house.settings.site, now() + timedelta(days=days))
    return policy.pump_library if policy else ()


def page_of(pharmacy: Pharmacy, by: Member = PAM) -> str:
    return " ".join(at_desk(pharmacy, by).get("/pump-library").text.split())


def test_g32_a_line_counts_from_its_day_once_two_have_signed_and_bears_the_pharmacists_name(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert "No entry is registered" in page_of(pharmacy)
    assert enters(pharmacy, days=3).status_code == 303
    shown = page_of(pharmacy)
    assert "A DRAFT CHANGES IT, 0 OF 2 SIGNATURES." in shown
    assert "<td>signs the draft</td><td>Nora Nurse</td>" in shown
    assert sign(pharmacy, QUIN).status_code == 303
    assert register(pharmacy, days=4) == (), "one signature changes nothing"
    assert sign(pharmacy, PAM).status_code == 303
    assert register(pharmacy) == ()
    assert register(pharmacy, days=4) == (replace(LINE, pharmacist=QUIN.name),)


def test_g32_another_version_takes_the_place_of_a_line_and_one_that_is_withdrawn_goes(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    enters(pharmacy)
    enters(pharmacy, drug="cytarabine", entry="CY-CONT")
    assert [sign(pharmacy, by).status_code for by in (PAM, QUIN)] == [303, 303]
    assert [one.entry for one in register(pharmacy)] == ["CY-CONT", "FU-CONT"], "by drug"
    enters(pharmacy, version="8", most_ml_h="5")
    gone = {"drug": "cytarabine", "entry": "CY-CONT", "why": "no longer on the pumps", "effective_on": "2026-01-01"}
    assert post(at_desk(pharmacy), "/pump-library/withdraw", **gone).status_code == 303
    shown = page_of(pharmacy)
    assert ("CHANGED BY THE DRAFT" in shown, "WITHDRAWN BY THE DRAFT" in shown) == (True, True)
    assert [sign(pharmacy, by).status_code for by in (PAM, QUIN)] == [303, 303]
    assert register(pharmacy) == (replace(LINE, version="8", most_ml_h=D(5), pharmacist=PAM.name),)


def test_g32_a_limit_written_on_the_policys_page_leaves_the_register_in_the_draft_as_it_is(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    enters(pharmacy)
    assert draft(pharmacy, at_desk(pharmacy), glove_minutes="25").status_code == 303
    with pharmacy.house.store.reading() as conn:
        found = policies.open_draft(conn, pharmacy.house.settings.site)
    assert found is not None
    assert (found.policy.glove_minutes, [one.entry for one in found.policy.pump_library]) == (25, ["FU-CONT"])


def test_g32_whoever_read_a_line_on_the_pump_does_not_sign_it_as_its_pharmacist(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    seat(pharmacy.house.door, now(), (BEA,))
    enters(pharmacy, badge=BEA.badge, pin=BEA.pin)
    assert sign(pharmacy, UNA).status_code == 303
    refused = sign(pharmacy, BEA)
    assert (refused.status_code, "pharmacist and nurse are two people" in refused.text) == (409, True)
    assert sign(pharmacy, PAM).status_code == 303
    assert [(one.nurse, one.pharmacist) for one in register(pharmacy)] == [(BEA.name, PAM.name)]


REFUSED = [
    ({"least_mg_ml": "a little"}, "Lowest concentration, mg/mL: write a number"),
    ({"least_mg_ml": "60"}, "the lower one first"),
    ({"drug": "Fluorouracil"}, "in lower case"),
    ({"effective_on": "soon"}, "Write the day"),
    ({"why": ""}, "Say why"),
]


@pytest.mark.parametrize(("change", "says"), REFUSED)
def test_what_no_pump_can_be_set_by_brings_the_form_back_filled_in(
    pharmacy: Pharmacy, seeded: Seeded, change: dict[str, str], says: str
) -> None:
    answer = enters(pharmacy, **change)
    assert (answer.status_code, says in answer.text, 'value="FU-CONT"' in answer.text) == (422, True, True)


def test_technicians_read_the_register_and_pharmacists_alone_write_it(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert "Enter a line" not in page_of(pharmacy, ANN)
    assert [enters(pharmacy, by).status_code for by in (ANN, UNA)] == [403, 403]


def test_two_entries_that_an_order_could_not_tell_apart_are_not_registered() -> None:
    other = replace(LINE, entry="FU-BOLUS", least_mg_ml=D(50), most_mg_ml=D(60))
    assert wrong_in((LINE, replace(other, least_mg_ml=D("50.1")))) == ()
    assert "no order could tell" in " ".join(wrong_in((LINE, other)))
    assert "twice" in " ".join(wrong_in((LINE, LINE)))
    assert "two people" in " ".join(wrong_in((replace(LINE, nurse="pam pharmacist"),)))


@pytest.mark.parametrize(
    ("by", "says"),
    [
        ({"badge": QUIN.badge, "pin": QUIN.pin}, "Quin S. is no nurse of this site"),
        ({"badge": PAM.badge, "pin": PAM.pin}, "must be somebody else"),
        ({"pin": "000000"}, "PIN"),
        ({"badge": ""}, "scans their badge"),
    ],
)
def test_g32_a_nurse_is_a_person_of_the_site_who_signs_and_no_typed_name(
    pharmacy: Pharmacy, seeded: Seeded, by: dict[str, str], says: str
) -> None:
    assert seeded.policy is not None
    refused = enters(pharmacy, **by)
    assert (refused.status_code, says in refused.text) == (422, True)
    with pharmacy.house.store.reading() as conn:
        assert policies.open_draft(conn, pharmacy.house.settings.site) is None


def test_g32_who_read_it_on_the_pump_stands_in_the_record(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy is not None
    assert enters(pharmacy).status_code == 303
    settings = pharmacy.house.settings
    with pharmacy.house.store.reading() as conn:
        (read,) = [one for one in log.load(conn, settings.site_stream) if one.kind == "pump_line_read"]
    assert (read.who, read.second_person, read.data["nurse"], read.data["line"]["entry"]) == (
        PAM.id, NIA.id, NIA.name, "FU-CONT"
    )  # fmt: skip
