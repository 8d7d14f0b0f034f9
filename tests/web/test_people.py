"""People at the desk: Ada takes on, gives rights and badges, resets; Una waives; Lee hands over the second half."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.people import accounts, badges, competencies, sessions
from app.people.history import Act
from app.people.standing import standing
from tests.people.cast import ADA, ANN, BO, LEE, PAM, QUIN, UNA, Member
from tests.web.conftest import Pharmacy, sign_in_desk, sign_in_station, token_of
from tests.web.desk import at_desk, post

NEW = {
    "name": "Noa R.",
    "user": "noa",
    "roles": ["pharmacist"],
    "identity_checked_by": "Human resources, passport",
    "licence": "RPH-2001",
    "states": "il, wi",
    "until": "2031-06-30",
}


@pytest.fixture
def ada(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, ADA)


def act(client: FlaskClient, member: Member, what: str, **form: Any) -> TestResponse:
    return post(client, f"/people/{member.id}/act/{what}", **form)


def known(pharmacy: Pharmacy, person: str) -> accounts.Person:
    with pharmacy.house.store.reading() as conn:
        return accounts.by_id(conn, person)


def signed_in_at(pharmacy: Pharmacy, member: Member) -> int:
    with pharmacy.house.store.reading() as conn:
        return len(sessions.living(conn, since=now() - timedelta(days=1), person_id=member.id))


def refused(answer: TestResponse) -> str:
    """The words of a refusal."""
    assert answer.status_code == 422, answer.text
    found = re.findall(r'class="trouble" role="alert">.*?<div>(.*?)</div>', answer.text, re.DOTALL)
    assert len(found) == 1, found
    return str(found[0])


def half_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    found = re.search(r'<p class="value">([^<]+)</p>', answer.text)
    assert found is not None, answer.text
    return found[1].replace(" ", "")


# the list, and taking on


def test_the_list_shows_everybody_and_what_is_to_be_seen_to(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    lapsed = now() - timedelta(days=1)
    pharmacy.house.door.write(
        lambda one: competencies.certify(one, BO.id, {"HD-STERILE": lapsed}, assessor=LEE.id), by=LEE.id, at=now()
    )
    page = ada.get("/people").text
    assert all(f"<b>{member.name}</b>" in page for member in (ANN, BO, LEE, PAM, QUIN, UNA, ADA))
    assert "HD-STERILE lapsed" in page
    assert "Take somebody on" in page
    lines = ada.get("/people", headers={"Accept": "application/json"}).json["people"]  # type: ignore[index]  # it is JSON
    assert {line["person"]["user"] for line in lines} == {"ann", "bo", "lee", "pam", "quin", "una", "ada"}


def test_the_navigation_leads_there_whoever_may_open_it(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    assert 'href="/people"' in ada.get("/people").text
    assert 'href="/people"' not in at_desk(pharmacy, PAM).get("/review").text


def test_quality_and_leads_read_files_and_take_nobody_on(pharmacy: Pharmacy) -> None:
    for member in (UNA, LEE):
        client = at_desk(pharmacy, member)
        assert "Take somebody on" not in client.get("/people").text
        assert "Change roles" not in client.get(f"/people/{ANN.id}").text
        assert client.get("/people/new").status_code == 403


def test_q24_a_pharmacist_is_taken_on_with_licence_and_identity(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    answer = post(ada, "/people", **NEW)
    assert answer.status_code == 303
    noa = known(pharmacy, answer.location.rpartition("/")[2])
    assert (noa.user, noa.name, noa.roles, noa.licence) == ("noa", "Noa R.", frozenset({"pharmacist"}), "RPH-2001")
    assert noa.licence_states == {"IL", "WI"}
    assert noa.licence_until is not None
    assert noa.licence_until.astimezone(pharmacy.house.settings.zone).date().isoformat() == "2031-06-30"
    assert "Taken on as Noa R. (noa): pharmacist; identity checked by Human resources, passport" in (
        ada.get(answer.location).text
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"identity_checked_by": ""}, "Say who checked this person&#39;s identity"),
        ({"user": "ANN"}, "The user name ANN is or was somebody&#39;s"),
        ({"roles": []}, "A person needs at least one role"),
        ({"licence": "RPH-1001"}, "Licence RPH-1001 is Pam Q.&#39;s"),
        ({"until": "30 June"}, "30 June is no day. Write it as 2027-06-30."),
        ({"name": "  "}, "A person needs a user name and a printed name."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(
    pharmacy: Pharmacy, ada: FlaskClient, changed: dict[str, Any], says: str
) -> None:
    form = NEW | changed
    answer = post(ada, "/people", **form)
    assert says in refused(answer)
    for name in ("name", "user", "licence", "states", "until", "identity_checked_by"):
        assert f'name="{name}" type="text" value="{form[name]}"' in answer.text
    assert ('value="pharmacist" checked' in answer.text) == ("pharmacist" in form["roles"])
    with pharmacy.house.store.reading() as conn:
        assert accounts.by_user(conn, "noa") is None


# rights


def test_q37_new_roles_count_at_once_and_end_every_session(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    bo = at_desk(pharmacy, BO)
    assert act(ada, BO, "roles", roles=["technician", "lead_technician"], why="leads nights").status_code == 303
    assert known(pharmacy, BO.id).roles == {"technician", "lead_technician"}
    assert signed_in_at(pharmacy, BO) == 0
    assert bo.get("/me").status_code == 302
    page = ada.get(f"/people/{BO.id}").text
    assert "Roles changed from technician to lead technician, technician" in page
    assert "leads nights" in page


def test_refused_roles_come_back_as_they_were_ticked(ada: FlaskClient) -> None:
    answer = act(ada, BO, "roles", roles=["technician", "qa"], why="no", identity_checked_by="HR, passport")
    assert "Give a reason" in refused(answer)
    assert all(f'value="{role}" checked' in answer.text for role in ("technician", "qa"))
    assert 'value="HR, passport"' in answer.text


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("roles", {"roles": ["admin", "pharmacist"], "identity_checked_by": "myself"}),
        ("licence", {"licence": "RPH-9"}),
        ("sites", {"sites": "EAST"}),
        ("name", {"name": "Somebody Else"}),
        ("user-name", {"user": "ada2"}),
        ("badge", {"badge": badges.badge_text("NEWBADGE")}),
        ("left", {}),
    ],
)
def test_q24_nobody_changes_their_own_file(
    pharmacy: Pharmacy, ada: FlaskClient, what: str, form: dict[str, Any]
) -> None:
    before = known(pharmacy, ADA.id)
    answer = act(ada, ADA, what, why="because I may", **form)
    assert answer.status_code == 422
    assert known(pharmacy, ADA.id) == before
    page = ada.get(f"/people/{ADA.id}").text
    assert "This is your own file" in page
    assert "Change roles" not in page


def test_q3_every_change_needs_a_reason(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    before = known(pharmacy, PAM.id)
    for what, form in (
        ("roles", {"roles": ["technician"]}),
        ("licence", {"licence": "RPH-77"}),
        ("name", {"name": "Pam X."}),
        ("badge-revoked", {"badge": PAM.id}),
        ("codes", {}),
        ("left", {}),
    ):
        assert "Give a reason in a few words." in refused(act(ada, PAM, what, why=" no ", **form)), what
    assert known(pharmacy, PAM.id) == before


def test_a_licence_and_a_name_change_with_their_old_values_kept(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    act(ada, PAM, "licence", licence="RPH-1001", states="IL", until="2028-01-31", why="renewed")
    act(ada, PAM, "name", name="Pam Q.-R.", why="married")
    pam = known(pharmacy, PAM.id)
    assert (pam.name, pam.licence_states) == ("Pam Q.-R.", frozenset({"IL"}))
    page = ada.get(f"/people/{PAM.id}").text
    assert "Licence changed from RPH-1001 for IL, WI to RPH-1001 for IL, until 2028-" in page
    assert "Printed name changed from Pam Q. to Pam Q.-R." in page


def test_q25_a_second_account_stays_one_person(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    assert act(ada, ANN, "user-name", user="ann.night").status_code == 303
    with pharmacy.house.store.reading() as conn:
        assert accounts.by_user(conn, "ann.night").id == ANN.id  # type: ignore[union-attr]  # it was given just now
    assert "ann, ann.night" in ada.get(f"/people/{ANN.id}").text


def test_q22_whoever_leaves_is_out_at_once_and_their_file_stays(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    client = at_desk(pharmacy, QUIN)
    assert act(ada, QUIN, "left", why="moved away").status_code == 303
    assert client.get("/me").status_code == 302
    assert sign_in_desk(pharmacy.client(), QUIN).status_code != 302
    page = ada.get(f"/people/{QUIN.id}").text
    assert ">LEFT<" in page
    assert "moved away" in page
    assert "Change roles" not in page


def test_sites_are_given_on_the_file_with_reason_and_old_values_and_end_every_session(
    pharmacy: Pharmacy, ada: FlaskClient
) -> None:
    pam = at_desk(pharmacy, PAM)
    assert "works at</dt><dd>every site of this record" in ada.get(f"/people/{PAM.id}").text
    assert act(ada, PAM, "sites", sites="main, EAST", why="covers both on weekends").status_code == 303
    assert known(pharmacy, PAM.id).sites == {"MAIN", "EAST"}
    assert signed_in_at(pharmacy, PAM) == 0
    assert pam.get("/me").status_code == 302
    page = ada.get(f"/people/{PAM.id}").text
    assert "Sites changed from every site to EAST, MAIN" in page
    assert "covers both on weekends" in page
    assert "Nothing was ever recorded at a site EAST. Is the code right?" in page
    assert "Nothing was ever recorded at a site MAIN" not in page
    assert "EAST, MAIN" in ada.get("/people").text
    assert act(ada, PAM, "sites", everywhere="yes", why="the plan ended").status_code == 303
    assert known(pharmacy, PAM.id).sites == frozenset()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"sites": "EAST"}, "Give a reason in a few words."),
        ({"sites": "", "why": "cleared by mistake"}, "or tick every site: one of the two"),
        ({"sites": "EAST", "everywhere": "yes", "why": "which of the two"}, "or tick every site: one of the two"),
        ({"sites": "EAST_2", "why": "a new building"}, "&#39;EAST_2&#39; is no code of a site."),
    ],
)
def test_q3_sites_that_are_not_clear_are_refused_and_come_back_as_typed(
    pharmacy: Pharmacy, ada: FlaskClient, form: dict[str, str], says: str
) -> None:
    answer = act(ada, PAM, "sites", **form)
    assert says in refused(answer)
    assert f'name="sites" type="text" value="{form["sites"]}"' in answer.text
    assert ('name="everywhere" value="yes" checked' in answer.text) == ("everywhere" in form)
    assert known(pharmacy, PAM.id).sites == frozenset()


# badges


def test_a_badge_is_printed_scanned_and_given(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    page = post(ada, f"/people/{UNA.id}/badge-number").text
    card = re.search(rf"/people/{UNA.id}/badge/(\w+)\.pdf", page)
    assert card is not None
    assert ada.get(card[0]).data.startswith(b"%PDF")
    with pharmacy.house.store.reading() as conn:
        assert badges.whose(conn, card[1]) is None
    assert act(ada, UNA, "badge", badge=badges.badge_text(card[1])).status_code == 303
    with pharmacy.house.store.reading() as conn:
        assert badges.whose(conn, card[1]) == UNA.id


def test_what_is_no_badge_or_another_s_is_said(ada: FlaskClient) -> None:
    assert "This is not a badge" in refused(act(ada, UNA, "badge", badge="hello"))
    assert "is or was somebody&#39;s" in refused(act(ada, UNA, "badge", badge=ANN.badge))
    assert "not a living badge of this person" in refused(act(ada, BO, "badge-tried", badge=ANN.badge))
    assert "no such badge of this person" in refused(act(ada, BO, "badge-revoked", badge=ANN.id, why="was lost"))


def test_q42_a_lost_badge_is_dead_at_once(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    tablet = pharmacy.client()
    assert sign_in_station(tablet, ANN).status_code == 302
    assert act(ada, ANN, "badge-revoked", badge=ANN.id, why="lost on the bus").status_code == 303
    assert signed_in_at(pharmacy, ANN) == 0
    assert sign_in_station(pharmacy.client(), ANN).status_code == 422
    assert "lost on the bus" in ada.get(f"/people/{ANN.id}").text


# competencies


def test_q24_a_competency_is_recorded_with_assessor_and_last_day(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    path = f"/people/{ANN.id}/competency"
    until = (now() + timedelta(days=364)).date().isoformat()
    assert post(ada, path, code="hd-oral", until=until, assessor="lee").status_code == 303
    with pharmacy.house.store.reading() as conn:
        mine = [one for one in competencies.of(conn, ANN.id) if one.code == "HD-ORAL"]
    assert [
        (one.site, one.assessor, one.until.astimezone(pharmacy.house.settings.zone).date().isoformat()) for one in mine
    ] == [(pharmacy.house.settings.site, LEE.id, until)]
    assert "nobody" not in (says := refused(post(ada, path, code="GRAV", until=until, assessor="zoe"))).lower()
    assert "Write the assessor" in says
    assert "Nobody assesses their own" in refused(post(ada, path, code="GRAV", until=until, assessor="ann"))
    assert "Write the code" in refused(post(ada, path, code="", until=until, assessor="lee"))
    assert "at least every 12 months" in refused(post(ada, path, code="GRAV", until="2099-06-30", assessor="lee"))


def test_quality_assurance_lets_a_lapsed_competency_count_for_hours(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    def lapse(one: Act) -> None:
        competencies.certify(one, ANN.id, {"HD-STERILE": now() - timedelta(days=1)}, assessor=LEE.id)

    pharmacy.house.door.write(lapse, by=LEE.id, at=now())
    una, path = at_desk(pharmacy, UNA), f"/people/{ANN.id}/waive"
    assert "Let a lapsed one count" in una.get(f"/people/{ANN.id}").text
    assert post(ada, path, code="HD-STERILE", hours="8", why="assessor ill today").status_code == 403
    assert "one to 24 hours" in refused(post(una, path, code="HD-STERILE", hours="25", why="assessor ill today"))
    assert "at least 10 letters" in refused(post(una, path, code="HD-STERILE", hours="8", why="ill"))
    assert post(una, path, code="HD-STERILE", hours="8", why="assessor ill today").status_code == 303
    assert "assessor ill today" in una.get(f"/people/{ANN.id}").text
    with pharmacy.house.store.reading() as conn:
        assert dict(standing(conn, ANN.id, pharmacy.house.settings, now()).counts)["HD-STERILE"] > now() + timedelta(
            hours=7
        )


# resets


@pytest.mark.parametrize("kind", ["pin", "password"])
def test_q23_a_reset_is_in_two_halves_by_two_people_and_only_its_person_chooses(
    pharmacy: Pharmacy, ada: FlaskClient, kind: str
) -> None:
    first = half_of(post(ada, f"/people/{ANN.id}/reset/{kind}", why="forgotten"))
    assert first not in ada.get(f"/people/{ANN.id}").text.replace(" ", "")
    second_path = f"/people/{ANN.id}/second-half/{kind}"
    assert "somebody else than whoever reset it" in refused(post(ada, second_path))
    lee = at_desk(pharmacy, LEE)
    assert "You may hand over the second half" in lee.get(f"/people/{ANN.id}").text
    second = half_of(post(lee, second_path))
    assert "There is no second half to hand over" in refused(post(lee, second_path))
    client = pharmacy.client()
    if kind == "pin":
        old = sign_in_station(client, ANN)
        token, form = token_of(client.get("/terminal/HOOD-1")), {"badge": ANN.badge, "pin": first + second}
        new = client.post("/terminal/HOOD-1/sign-in", data={"csrf_token": token, **form})
    else:
        old = sign_in_desk(client, ANN)
        token, form = token_of(client.get("/sign-in")), {"user": "ann", "password": first + second}
        new = client.post("/sign-in", data={"csrf_token": token, **form})
    assert old.status_code != 302
    assert (new.status_code, new.location) == (302, "/terminal/HOOD-1/choose-pin" if kind == "pin" else "/me")


def test_q23_nobody_resets_their_own(ada: FlaskClient) -> None:
    assert "Nobody changes their own rights" in refused(post(ada, f"/people/{ADA.id}/reset/password", why="forgotten"))


def test_whom_nobody_knows_has_no_file(ada: FlaskClient) -> None:
    assert ada.get("/people/NOBODY01").status_code == 404
    assert post(ada, "/people/NOBODY01/act/left", why="unknown").status_code == 404
    assert act(ada, ANN, "promote", why="no such act").status_code == 404
    assert ada.get(f"/people/{ANN.id}/badge/no-badge.pdf").status_code == 404
