"""One's own account over HTTP: secrets, one-time codes, where one is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.people import accounts, competencies, entry
from app.web import visit as visits
from tests.people.cast import ADA, ANN, LEE, PAM, Member
from tests.web.conftest import Pharmacy, sign_in_desk, sign_in_station, token_of

AWAY = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}


@pytest.fixture
def careful(make_pharmacy: Callable[..., Pharmacy]) -> Pharmacy:
    """A site that asks whoever is not at its own desks for a code."""
    return make_pharmacy(desk_second_factor="remote")


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client.get("/me")), **form})


def enrol(client: FlaskClient, member: Member = PAM) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a generator on the page; returns it, and the recovery codes that were shown."""
    drawn = post(client, "/me/codes", password=member.password)
    app = pyotp.TOTP(re.search(r'class="letters">([A-Z2-7]+)<', drawn.text)[1])  # type: ignore[index]  # it is there
    made = client.post("/me/codes/confirm", data={"csrf_token": token_of(drawn), "code": app.at(now())})
    assert made.status_code == 200, made.text
    return app, re.findall(r"<li>(R\d+-\w{5}-\w{5})</li>", made.text)


def sign_in(client: FlaskClient, code: str = "", member: Member = PAM) -> TestResponse:
    form = {
        "user": member.user,
        "password": member.password,
        "code": code,
        "csrf_token": token_of(client.get("/sign-in", **AWAY)),
    }
    return client.post("/sign-in", data=form, **AWAY)


def test_g18_g26_everybody_reads_their_own_ends_on_their_page_and_the_board_counts_them(
    make_pharmacy: Callable[..., Pharmacy],
) -> None:
    pharmacy = make_pharmacy(training_reminder_days=14)
    door, client, lee = pharmacy.house.door, pharmacy.client(), pharmacy.client()
    for code, days in (("GRAV", 10), ("CALC", 20), ("SPILL", -2)):
        ends = {code: now() + timedelta(days=days, hours=1)}
        door.write(lambda act, ends=ends: competencies.certify(act, ANN.id, ends, assessor=LEE.id), by=ADA.id, at=now())
    sign_in_station(client, ANN)
    page = client.get("/me").text
    assert "GRAV ends in 10 days." in page
    assert "SPILL ended 1 day ago." in page
    assert "CALC ends" not in page
    assert f"by {LEE.name}" in page
    sign_in_desk(lee, LEE)
    board = " ".join(re.sub("<[^>]*>", "", lee.get("/board").text).split())
    assert "2 of people's training: 1 ended, 1 ending soon" in board


def test_the_sign_in_page_asks_for_a_code_only_where_one_is_wanted(careful: Pharmacy) -> None:
    client = careful.client()
    assert 'name="code"' not in client.get("/sign-in").text
    assert 'name="code"' in client.get("/sign-in", **AWAY).text


def test_from_home_a_pharmacist_enrols_first_and_nothing_else_opens(careful: Pharmacy) -> None:
    client = careful.client()
    answer = sign_in(client)
    assert answer.location == "/me"
    before = client.get_cookie("vialtrace").value  # type: ignore[union-attr]  # it is there
    assert client.get("/review").location == "/me"
    asked = client.get("/review/rows", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.headers["X-Sign-In"]) == (401, "/me")
    page = client.get("/me").text
    assert "Set up one-time codes before you go on" in page
    assert 'href="/review"' not in page
    _, recovery = enrol(client)
    assert len(recovery) == 10
    assert client.get("/review").status_code == 200
    after = client.get_cookie("vialtrace").value  # type: ignore[union-attr]  # as above
    assert after != before, "a step up gets a new key (Q36)"
    old = careful.client()
    old.set_cookie("vialtrace", before)
    assert old.get("/me").status_code == 302


def test_then_the_password_and_a_code_sign_in(careful: Pharmacy) -> None:
    desk = careful.client()
    sign_in_desk(desk, PAM)
    app, recovery = enrol(desk)
    home = careful.client()
    refused = sign_in(home, "000000")
    assert (refused.status_code, "User name, password and one-time code" in refused.text) == (422, True)
    with patch.object(visits, "now", return_value=now() + timedelta(minutes=2)):
        assert sign_in(home, app.at(now() + timedelta(minutes=2))).location == "/review"
    assert sign_in(careful.client(), recovery[3]).location == "/review"
    assert "9</span> of 10 recovery codes" in desk.get("/me").text


def test_the_qr_code_is_a_picture_shown_once_and_never_kept_by_a_browser(careful: Pharmacy) -> None:
    client = careful.client()
    sign_in_desk(client, PAM)
    drawn = post(client, "/me/codes", password=PAM.password)
    secret = re.search(r'class="letters">([A-Z2-7]+)<', drawn.text)[1]  # type: ignore[index]  # it is there
    assert 'src="data:image/svg+xml;base64,' in drawn.text
    assert drawn.headers["Cache-Control"] == "no-store"
    wrong = client.post("/me/codes/confirm", data={"csrf_token": token_of(drawn), "code": "000000"})
    assert wrong.status_code == 422
    for page in (wrong, client.get("/me"), client.get("/me/codes")):
        assert secret not in page.text
        assert "data:image" not in page.text


def test_an_open_screen_alone_does_not_draw_a_qr_code(careful: Pharmacy) -> None:
    client = careful.client()
    sign_in_desk(client, PAM)
    refused = post(client, "/me/codes", password="wrong password")
    assert refused.status_code == 422
    assert "data:image" not in refused.text
    assert "The password is wrong" in refused.text


def test_a_pin_that_others_saw_is_changed_on_the_tablets_keys_first(pharmacy: Pharmacy) -> None:
    door, at = pharmacy.house.door, now()
    entry.set_secret(door, ANN.id, "pin", "305917", by="set-up", at=at, to_change=True)
    client = pharmacy.client()
    form = {"badge": ANN.badge, "pin": "305917", "csrf_token": token_of(client.get("/terminal/HOOD-1"))}
    assert client.post("/terminal/HOOD-1/sign-in", data=form).location == "/terminal/HOOD-1/choose-pin"
    assert client.get("/terminal/HOOD-1/worklist").location == "/terminal/HOOD-1/choose-pin"
    page = client.get("/terminal/HOOD-1/choose-pin")
    change = {"csrf_token": token_of(page), "old": "305917", "new": "305917", "again": "305917"}
    assert "is the old one" in client.post("/terminal/HOOD-1/choose-pin", data=change).text
    change |= {"new": "860314", "again": "860315"}
    assert "differ" in client.post("/terminal/HOOD-1/choose-pin", data=change).text
    assert client.post("/terminal/HOOD-1/choose-pin", data=change | {"again": "860314"}).location == "/terminal/HOOD-1"
    assert sign_in_station(client, Member(ANN.id, ANN.user, ANN.name, ANN.roles, pin="860314")).location == (
        "/terminal/HOOD-1/worklist"
    )


@pytest.mark.parametrize(("ageing", "leads_to"), [("review", "/review"), ("change", "/me")])
def test_q44_an_old_password_is_looked_at_again_or_changed_as_the_site_has_set(
    make_pharmacy: Callable[..., Pharmacy], ageing: str, leads_to: str
) -> None:
    site = make_pharmacy(secret_ageing=ageing, secret_days=90)
    later = now() + timedelta(days=91)
    client = site.client()
    with patch.object(visits, "now", return_value=later):
        assert sign_in_desk(client, PAM).location == leads_to
        page = client.get("/me").text
        assert "has not been looked at for a long time" in page
        if ageing == "review":
            assert post(client, "/me/password/still-good").location == "/me"
            assert "has not been looked at" not in re.split("<h2>PIN", client.get("/me").text)[0]
    with patch.object(visits, "now", return_value=later - timedelta(days=2)):
        assert sign_in_desk(site.client(), PAM).location == "/review"


def test_q44_a_pin_that_came_onto_the_list_of_common_ones_is_changed_at_the_next_sign_in(pharmacy: Pharmacy) -> None:
    with patch("app.people.entry.pin_trouble", return_value="This PIN is one of the most used. Choose another."):
        assert sign_in_station(pharmacy.client(), ANN).location == "/terminal/HOOD-1/choose-pin"
    assert sign_in_station(pharmacy.client(), ANN).location == "/terminal/HOOD-1/worklist"


def test_ones_sessions_are_listed_and_each_can_be_signed_out(pharmacy: Pharmacy) -> None:
    desk, tablet, other = pharmacy.client(), pharmacy.client(), pharmacy.client()
    sign_in_desk(desk, PAM)
    sign_in_station(tablet, PAM)
    sign_in_station(other, ANN, "HOOD-2")
    page = desk.get("/me").text
    assert "station HOOD-1" in page
    assert "HOOD-2" not in page
    (elsewhere,) = re.findall(r'action="/me/sessions/(\w+)/end"', page)
    assert post(desk, f"/me/sessions/{elsewhere}/end").location == "/me"
    assert tablet.get("/terminal/HOOD-1/worklist").status_code == 302
    assert desk.get("/me").status_code == 200
    (hers,) = re.findall(r"/me/sessions/(\w+)/end", _after_another(pharmacy))
    assert post(desk, f"/me/sessions/{hers}/end").status_code == 404, "another's"
    assert other.get("/terminal/HOOD-2/worklist").status_code == 200


def _after_another(pharmacy: Pharmacy) -> str:
    desk = pharmacy.client()
    sign_in_desk(desk, ANN)
    return desk.get("/me").text


def test_the_account_page_names_no_secret_of_anybody(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_desk(client, PAM)
    with pharmacy.house.store.reading() as conn:
        assert accounts.by_id(conn, PAM.id).name in client.get("/me").text
    assert PAM.password not in client.get("/me").text
    assert "argon2" not in client.get("/me").text
