"""Whose dose an order of a trial is: no subject or kit twice, signed as it was read, held where it is in doubt (R56)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from app import clock
from app.catalogue import recipes, trial_assignments, withdrawals
from app.catalogue.hazards import Acting, Signer
from app.catalogue.trial_tables import trial_assignment
from app.desk.orders import link_of
from app.interfaces.opening import clear_finding, findings_of, open_if_ready, read_as
from app.interfaces.tables import ordered
from app.people.actors import actor
from app.record import canonical, codec
from app.record.running import append_row
from tests.people.cast import BO, PAM
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import approve, at_desk, form_of
from tests.web.test_syringe import SEVENTH
from tests.web.trial_desk import (
    NORMAL,
    PROTOCOL,
    SECOND,
    TRIAL,
    Seeded,
    checked,
    dressed,
    entered,
    found,
    order_of,
    received,
    seeded,
    units,
    waits,
)
from tests.workflows.example import POLICY, scan
from workflows import commands as asked
from workflows.assigned import Assigned
from workflows.evidence import Confirmation
from workflows.order import Order

__all__ = ["seeded"]


@pytest.mark.parametrize(
    ("kits", "subject", "why"),
    [
        ("K-99", "2301-0042", "Not in the stock of S-2301 for this recipe: kit K-99"),
        ("K-17 k-17", "2301-0042", "stands there twice"),
        ("K-17", " ", "Write the subject&#39;s number"),
        ("K-17", "2" * 41, "Write the subject&#39;s number"),
    ],
)
def test_r56_what_cannot_be_is_not_entered(
    pharmacy: Pharmacy, seeded: Seeded, kits: str, subject: str, why: str
) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    status, told = entered(desk, key, kits, subject)
    assert (status, why in told) == (422, True), told
    with pharmacy.house.store.reading() as conn:
        assert trial_assignments.newest(conn, "MAIN", key) is None


def test_r56_a_subject_is_one_patient_and_a_kit_goes_to_one_order(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    mine, hers, again = order_of(seeded), order_of(seeded, 8, "90000222"), order_of(seeded, 9)
    assert entered(desk, mine, "K-17") == (303, "")
    assert "Subject 2301-0042 is another patient by the order DEMO1007" in entered(desk, hers, "K-18")[1]
    assert "another patient" in entered(desk, hers, "K-18", "２301-0042")[1], "as it looks"
    told = entered(desk, hers, "k-17", "2301-0043")[1]
    assert "Kit K-17 is entered for the order DEMO1007, subject 2301-0042" in told
    assert "Kit K-17 is entered for the order DEMO1007" in entered(desk, again, "K-17")[1], "also for the same subject"
    assert entered(desk, hers, "K-18", "2301-0043") == (303, "")
    assert entered(desk, again, "K-19") == (303, ""), "one patient's next dose"


def test_r56_a_kit_and_a_number_are_free_again_once_the_order_is_not_wanted(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    wrong, right = order_of(seeded), order_of(seeded, 8, "90000222")
    assert entered(desk, wrong, "K-17") == (303, "")
    order_of(seeded, control="CA")
    assert entered(desk, right, "K-17") == (303, ""), "it was entered for a dose that nobody gives"


def test_r56_a_subject_stands_for_one_version_of_an_order_and_one_trial(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    assert entered(desk, key, "K-17") == (303, "")
    with pharmacy.house.store.reading() as conn:
        stands = [
            trial_assignments.assigned_to(conn, "MAIN", key, protocol, version) is not None
            for protocol, version in ((PROTOCOL, 1), (PROTOCOL, 2), ("S-2302", 1), ("", 1))
        ]
        elsewhere = trial_assignments.assigned_to(conn, "SOUTH", key, PROTOCOL, 1)
    assert (stands, elsewhere) == ([True, False, False, False], None)


def test_r56_what_was_entered_before_version_and_trial_were_kept_is_read_and_stands_for_nothing(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    body = canonical.dump(codec.encode(Assigned("2301-0042", ("K-17",), PAM.id, BO.id))).decode()
    row = {"site": "MAIN", "order_key": key, "body": body, "at": seeded.started, "who": PAM.id}
    pharmacy.house.store.write(lambda conn: append_row(conn, trial_assignment, row))
    page = desk.get(f"/orders/{link_of(key)}")
    assert (page.status_code, "not entered" in page.text) == (200, True)
    pharmacy.house.store.write(lambda conn: open_if_ready(conn, pharmacy.house.dispatcher, key, at=clock.now()))
    assert "no subject number is entered" in waits(pharmacy, key)
    assert entered(desk, key, "K-17") == (303, "")


def test_r56_r29_subject_and_kits_are_kept_as_the_second_person_read_them(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    page = f"/orders/{link_of(key)}"
    form = form_of(desk.get(page).text, f"{page}/trial")
    shown = desk.post(f"{page}/trial", data={**form, "subject": "2301-0042", "kits": "K-17"})
    assert all(word in shown.text for word in ("Compare and sign", "2301-0042", "K-17", "Placebo, Petra", "90000107"))
    with pharmacy.house.store.reading() as conn:
        assert trial_assignments.newest(conn, "MAIN", key) is None, "nothing is kept before they sign"
    signing = {**form_of(shown.text, f'{page}/trial" autocomplete="off" data-signed'), **SECOND}
    for changed in ({"subject": "2301-0024"}, {"kits": "K-18"}):
        answer = desk.post(f"{page}/trial", data={**signing, **changed})
        assert (answer.status_code, "Something changed" in answer.text) == (422, True)
    for alone in ({"badge": PAM.badge, "pin": PAM.pin}, {"pin": "999999"}):
        assert desk.post(f"{page}/trial", data={**signing, **alone}).status_code == 422
    order_of(seeded, control="XO", **{"|40|": "|42|"})
    late = desk.post(f"{page}/trial", data=signing)
    assert (late.status_code, "Something changed" in late.text) == (422, True), "the order is another now"
    with pharmacy.house.store.reading() as conn:
        assert trial_assignments.newest(conn, "MAIN", key) is None
    assert entered(desk, key, "K-17") == (303, "")
    with pharmacy.house.store.reading() as conn:
        kept = trial_assignments.newest(conn, "MAIN", key)
    assert kept is not None
    assert (kept.assigned.by, kept.assigned.second, len(kept.attested)) == (PAM.id, BO.id, 64)


def test_r56_a_label_that_could_not_be_printed_is_told_before_anything_is_made(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    desk = at_desk(pharmacy)
    kits = [f"{'LONG-KIT-NUMBER-' * 5}{number}" for number in range(9)]
    received(desk, " ".join(kits))
    key = order_of(seeded)
    assert entered(desk, key, " ".join(kits), "2" * 40) == (303, "")
    assert "Its final label cannot be printed" in waits(pharmacy, key)


def clear(pharmacy: Pharmacy, seeded: Seeded, key: str, code: str) -> str:
    def work(conn: Connection) -> str:
        pam = actor(conn, PAM.id, pharmacy.house.settings, seeded.started)
        over = read_as(conn.execute(select(ordered).where(ordered.c.key == key)).one())
        how = {"over": over, "reason": "asked the prescriber: another trial", "who": pam, "at": seeded.started}
        return clear_finding(conn, pharmacy.house.dispatcher, key, code, **how)  # type: ignore[arg-type]  # named above

    return pharmacy.house.store.write(work)


@pytest.mark.parametrize("words", ["(S-2301)^A study^L", "S 2301^A study^L", "S-2301/EXT^A study^L", "Ｓ2301^x^L"])
def test_r56_another_spelling_of_a_protocol_waits_for_a_pharmacist(
    pharmacy: Pharmacy, seeded: Seeded, words: str
) -> None:
    key = order_of(seeded, protocol=words)
    assert "may mean" in waits(pharmacy, key)
    assert clear(pharmacy, seeded, key, "MAY_BE_A_TRIAL") == ""
    made = Making(seeded, waits(pharmacy, key), seeded.started)
    assert made.p.recipe.name == NORMAL.name


def test_r56_a_cleared_doubt_is_of_one_version_and_goes_with_its_cause(pharmacy: Pharmacy, seeded: Seeded) -> None:
    key = order_of(seeded, protocol="(S-2301)^A study^L")
    order_of(seeded, protocol="S2301^A study^L", control="XO")
    assert "Version 2 of the order" in waits(pharmacy, key), "another version is read anew"
    order_of(seeded, protocol="S-9999^A study^L", control="XO")
    with pharmacy.house.store.reading() as conn:
        listed = conn.execute(select(ordered.c.findings).where(ordered.c.key == key)).scalar_one()
    assert not [one for one in findings_of(listed) if one.code == "MAY_BE_A_TRIAL"]
    assert Making(seeded, waits(pharmacy, key), seeded.started).p.recipe.name == NORMAL.name


def test_r56_an_order_that_is_of_no_trial_any_more_waits_for_a_pharmacist(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    assert entered(desk, key, "") == (303, "")
    order_of(seeded, protocol="S-9999^A study^L", control="XO")
    assert "A subject was entered for it, of S-2301" in waits(pharmacy, key)
    assert clear(pharmacy, seeded, key, "WAS_A_TRIAL") == ""
    made = Making(seeded, waits(pharmacy, key), seeded.started)
    assert (made.p.recipe.name, made.p.plan.trial) == (NORMAL.name, None)


def test_r56_a_dose_is_made_anew_for_the_same_subject_of_another_kit(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    assert entered(desk, key, "K-17") == (303, "")
    first = dressed(Making(seeded, waits(pharmacy, key), clock.now(), timedelta(seconds=1)))
    first.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    refused = entered_while_open(pharmacy, key)
    assert refused == 422, "nothing is changed under a dose that is opened"
    first.ask(asked.Abort("other", "the subject went home"))
    first.do(Confirmation("leftovers discarded"))
    pharmacy.house.store.write(lambda conn: open_if_ready(conn, pharmacy.house.dispatcher, key, at=clock.now()))
    again = Making(seeded, waits(pharmacy, key), clock.now(), timedelta(seconds=1))
    assert again.id != first.id
    assert again.p.plan.trial is not None
    assert again.p.plan.trial.kits == ("K-17",)
    dressed(again)
    again.do(scan(found(pharmacy, units(pharmacy)["K-17"])))


def entered_while_open(pharmacy: Pharmacy, key: str) -> int:
    desk = at_desk(pharmacy)
    page = f"/orders/{link_of(key)}"
    token = form_of(desk.get("/trials").text, "/trials/receive")
    return desk.post(f"{page}/trial", data={**token, "subject": "2301-0043", "kits": "K-18"}).status_code


def test_r56_a_patients_new_name_or_number_asks_nothing_anew_but_what_was_shown(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    page = f"/orders/{link_of(key)}"
    form = form_of(desk.get(page).text, f"{page}/trial")
    shown = desk.post(f"{page}/trial", data={**form, "subject": "2301-0042", "kits": "K-17"})
    signing = {**form_of(shown.text, f'{page}/trial" autocomplete="off" data-signed'), **SECOND}
    renamed(seeded)
    late = desk.post(f"{page}/trial", data=signing)
    assert (late.status_code, "Something changed" in late.text, "Renamed" in late.text) == (422, True, True)
    assert entered(desk, key, "K-17") == (303, "")
    made = Making(seeded, waits(pharmacy, key), clock.now(), timedelta(seconds=1))
    renamed(seeded)
    assert made.p.plan.trial is not None
    assert made.p.plan.trial.subject == "2301-0042"


def renamed(seeded: Seeded) -> None:
    """Take in the news that the patient has another name."""
    lines = {line[:3]: line for line in seeded.message(SEVENTH).decode().split("\r")}
    head = lines["MSH"].replace("RDE^O11^RDE_O11|DEMO000007", f"ADT^A08^ADT_A01|N-{seeded.numbers}")
    seeded.receive("\r".join([head, lines["PID"].replace("Placebo^Petra", "Renamed^Petra")]).encode())


def test_r56_an_order_changed_to_another_trial_waits_for_its_own_subject(pharmacy: Pharmacy, seeded: Seeded) -> None:
    other = replace(TRIAL, name="doxorubicin-s2302-syringe", protocol="S-2302")
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, other, effective_from=seeded.started))
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    assert entered(desk, key, "K-17") == (303, "")
    order_of(seeded, protocol="S-2302^B study^L", control="XO")
    assert "dose of the trial S-2302, and no subject number is entered" in waits(pharmacy, key)
    assert "Not in the stock of S-2302 for this recipe: kit K-17" in entered(desk, key, "K-17")[1]


def test_r56_a_dose_whose_kit_is_used_up_waits_for_another_kit(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    key = order_of(seeded)
    assert entered(desk, key, "K-17") == (303, "")
    first = dressed(Making(seeded, waits(pharmacy, key), clock.now(), timedelta(seconds=1)))
    first.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    checked(first)
    first.ask(asked.Abort("other", "dropped on the floor"))
    first.do(Confirmation("leftovers discarded"))
    pharmacy.house.store.write(lambda conn: open_if_ready(conn, pharmacy.house.dispatcher, key, at=clock.now()))
    assert "Kit K-17 of the trial S-2301 is no stock any more" in waits(pharmacy, key)
    assert "kit K-17" in entered(desk, key, "K-17")[1]
    assert entered(desk, key, "K-18") == (303, "")
    again = Making(seeded, waits(pharmacy, key), clock.now(), timedelta(seconds=1))
    assert again.p.plan.trial is not None
    assert again.p.plan.trial.kits == ("K-18",)


def test_r56_a_kit_that_was_not_taken_is_free_once_the_dose_is_given_out(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    mine, hers = order_of(seeded), order_of(seeded, 8, "90000222")
    assert entered(desk, mine, "K-17 K-18") == (303, "")
    made = dressed(Making(seeded, waits(pharmacy, mine), clock.now(), timedelta(seconds=1)))
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    checked(made)
    assert "entered for the order DEMO1007" in entered(desk, hers, "K-18", "2301-0043")[1], "it may still be taken"
    assert approve(desk, made).status_code in (200, 302, 303)
    made.release()
    assert "another patient" in entered(desk, hers, "K-18")[1], "whose number that is stays so"
    assert entered(desk, hers, "K-18", "2301-0043") == (303, "")


def test_r56_a_trial_whose_recipe_does_not_count_yet_is_made_from_no_normal_stock(
    pharmacy: Pharmacy,
) -> None:
    """The order names it exactly, and the drug has a normal recipe too."""
    seeded = Seeded(pharmacy.house, recipe=NORMAL, policy=POLICY)
    later = clock.now() + timedelta(days=2)
    short = replace(TRIAL, name="doxorubicin-short", protocol="AB-1")
    for one in (TRIAL, short):
        pharmacy.house.store.write(lambda conn, one=one: recipes.add_recipe(conn, one, effective_from=later))
    key = order_of(seeded)
    assert f"names the trial {PROTOCOL}, of which no recipe counts now" in waits(pharmacy, key)
    with pharmacy.house.store.reading() as conn:
        row = conn.execute(select(ordered).where(ordered.c.key == key)).one()
        order = codec.decode(Order, canonical.parse(row.body))
        named = recipes.may_be_of(conn, replace(order, protocol="AB-1, cycle 2"), clock.now())
    assert named == ("AB-1",)


def test_r56_a_trial_whose_recipe_was_withdrawn_is_made_from_no_normal_stock(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    pam = Signer(PAM.id, PAM.name, PAM.licence, seeded.started, "")

    def gone(conn: Connection) -> None:
        over = withdrawals.digest_of(TRIAL.name, TRIAL.version)
        act = Acting(conn, pharmacy.house.settings, PAM.id, seeded.started)
        withdrawals.withdraw(act, TRIAL.name, TRIAL.version, "the sponsor amended it", pam, over)

    pharmacy.house.store.write(gone)
    assert f"names the trial {PROTOCOL}, of which no recipe counts now" in waits(pharmacy, order_of(seeded))
