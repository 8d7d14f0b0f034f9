"""Sessions over HTTP: locks, ends, stations, wrong secrets, where a sign-in leads."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest

from app.clock import now
from app.people import entry
from app.people.badges import badge_text
from app.web import shell
from app.web.rights import right
from tests.people.cast import ANN, BO, LEE, PAM, UNA
from tests.web.conftest import Pharmacy, add, sign_in_desk, sign_in_station, token_of

TLS = {"base_url": "https://pharmacy.example"}
PLAIN = {"base_url": "http://pharmacy.example"}


def test_q37_an_old_cookie_is_dead_after_sign_out(pharmacy: Pharmacy) -> None:
    client, thief = pharmacy.client(), pharmacy.client()
    sign_in_desk(client, PAM)
    thief.set_cookie("vialtrace", client.get_cookie("vialtrace").value)  # type: ignore[union-attr]  # it is there
    assert thief.get("/me").status_code == 200
    client.post("/sign-out", data={"csrf_token": token_of(client.get("/me"))})
    assert thief.get("/me").status_code == 302


def test_q31_the_server_locks_an_idle_tablet_and_a_polling_page_does_not_keep_it_awake(pharmacy: Pharmacy) -> None:
    add(pharmacy.app, "/poll", right("technician", polled=True)(lambda: "state"), "poll")
    client, start = pharmacy.client(), now()
    sign_in_station(client, ANN)
    for minute in range(1, 15):
        with patch("app.web.visit.now", return_value=start + timedelta(minutes=minute)):
            assert client.get("/poll").status_code == 200
    with patch("app.web.visit.now", return_value=start + timedelta(minutes=16)):
        assert client.get("/poll").location == "/terminal/HOOD-1"
        page = client.get("/terminal/HOOD-1").text
    assert "Ann T.: locked" in page


def test_q31_work_keeps_it_awake_but_no_longer_than_a_shift(pharmacy: Pharmacy) -> None:
    client, start = pharmacy.client(), now()
    sign_in_station(client, ANN)
    for minute in range(10, 720, 10):
        with patch("app.web.visit.now", return_value=start + timedelta(minutes=minute)):
            assert client.get("/terminal/HOOD-1/ready").status_code == 200
    with patch("app.web.visit.now", return_value=start + timedelta(minutes=721)):
        assert client.get("/terminal/HOOD-1/ready").status_code == 302
        assert "locked" not in client.get("/terminal/HOOD-1").text


def test_q38_after_a_lock_the_same_person_comes_back_to_their_page(pharmacy: Pharmacy) -> None:
    add(pharmacy.app, "/terminal/<station>/bag", right("technician")(lambda station: f"bag at {station}"), "bag")
    client = pharmacy.client()
    sign_in_station(client, ANN)
    client.get("/terminal/HOOD-1/bag")
    token = token_of(client.get("/terminal/HOOD-1/ready"))
    client.get("/terminal/HOOD-1/bag")
    client.post("/terminal/HOOD-1/lock", data={"csrf_token": token})
    assert client.get("/terminal/HOOD-1/bag").location == "/terminal/HOOD-1"
    assert sign_in_station(client, ANN).location == "/terminal/HOOD-1/bag"


def test_q38_another_person_does_not_get_that_page(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    client.post("/terminal/HOOD-1/lock", data={"csrf_token": token_of(client.get("/terminal/HOOD-1/ready"))})
    assert sign_in_station(client, BO).location == "/terminal/HOOD-1/worklist"
    assert "Bo K." in client.get("/terminal/HOOD-1/ready").text


def test_q21_a_session_of_one_station_opens_nothing_at_another(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    assert client.get("/terminal/HOOD-2/ready").location == "/terminal/HOOD-2"
    assert "Scan your badge" in client.get("/terminal/HOOD-2").text


def test_a_wrong_pin_keeps_the_badge_and_says_so_and_five_lock(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    token = token_of(client.get("/terminal/HOOD-1"))
    codes = []
    for _ in range(5):
        answer = client.post(
            "/terminal/HOOD-1/sign-in", data={"badge": ANN.badge, "pin": "000000", "csrf_token": token}
        )
        codes.append(answer.status_code)
        assert f'value="{ANN.badge}"' in answer.text
        assert "000000" not in answer.text
    assert codes == [422, 422, 422, 422, 429]


def test_a_refused_desk_form_comes_back_filled_in_but_for_the_password(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    form = {
        "user": "pam",
        "password": "secret words here",
        "next": "/me",
        "csrf_token": token_of(client.get("/sign-in")),
    }
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, 'value="pam"' in answer.text, 'value="/me"' in answer.text) == (422, True, True)
    assert "secret words" not in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_sign_in_leads_to_no_other_site(pharmacy: Pharmacy, elsewhere: str) -> None:
    client = pharmacy.client()
    form = {"user": "pam", "password": PAM.password, "next": elsewhere, "csrf_token": token_of(client.get("/sign-in"))}
    assert client.post("/sign-in", data=form).location == "/review"


def test_an_unknown_station_is_not_found(pharmacy: Pharmacy) -> None:
    for path in ("/terminal/HOOD-9", "/terminal/%VT-B-X%25"):
        assert pharmacy.client().get(path).status_code == 404


def test_the_start_leads_where_the_person_belongs(pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch) -> None:
    add(pharmacy.app, "/pharmacists-home", right("pharmacist")(lambda: "queue"), "pharmacists_home")
    monkeypatch.setattr(shell, "HOMES", (("qa", "not_there"), ("pharmacist", "pharmacists_home")))
    assert pharmacy.client().get("/").location == "/sign-in"
    tablet = pharmacy.client()
    sign_in_station(tablet, LEE)
    assert tablet.get("/").location == "/terminal/HOOD-1"
    desk = pharmacy.client()
    sign_in_desk(desk, PAM)
    assert desk.get("/").location == "/pharmacists-home"
    other = pharmacy.client()
    sign_in_desk(other, UNA)
    assert other.get("/").location == "/welcome"


def test_ones_own_pin_is_changed_on_the_page(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_desk(client, ANN)
    form = {"csrf_token": token_of(client.get("/me")), "old": ANN.pin, "new": "593028", "again": "593029"}
    assert "differ" in client.post("/me/pin", data=form).text
    assert client.post("/me/pin", data=form | {"again": "593028"}).location == "/sign-in"
    assert client.get("/me").status_code == 302
    door = pharmacy.house.door
    assert isinstance(entry.with_badge(door, badge_text(ANN.id), "593028", station="HOOD-1", at=now()), entry.Entered)
