"""The stations at a desk: Lee reads how a balance stands and what was ever done to it, and puts a new one on the register."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.clock import now
from app.stations import gates, register, setting_up
from app.stations.tables import balance
from hardware_mocks.station import Station
from tests import pharmacy as furnished
from tests.people.cast import ANN, LEE, PAM
from tests.web.at_station import patience
from tests.web.conftest import STATIONS, Pharmacy
from tests.web.desk import at_desk, post
from tests.web.reading import bare

PAGE = "/stations/HOOD-1"
FORM = {
    "name": "BAL-7",
    "serial": "B555000111",
    "maker": "Mettler Toledo",
    "model": "JE1002G",
    "certificate": "C-2026-118",
    "calibrated_until": "2030-06-30",
    "division_g": "0.01",
    "capacity_g": "1200.90",
    "warm_up_minutes": "30",
    "protocol": "mt-sics",
    "url": "/dev/serial/by-id/usb-FTDI_7-port0",
    "line": "9600 8N1",
    "why": "the old one went back to its maker",
}


def days_of_checks(pharmacy: Pharmacy, off: tuple[str, ...], start: datetime) -> None:
    """The check of each day, the heavy weight off by so much, the last one just now."""

    def checks(conn):  # type: ignore[no-untyped-def]  # a connection
        furnished.equip(conn, start - timedelta(days=len(off)), checked=False)
        for day, error in enumerate(off, start=1):
            at = start - timedelta(days=len(off) - day)
            for weight in gates.weights_of(conn, "HOOD-1"):
                grams = weight.certificate_g + (Decimal(error) if weight.name == "200 g" else Decimal("0.00"))
                if gates.take_reading(conn, "HOOD-1", weight, furnished.checked(grams, at), at=at, who=ANN.id):
                    break
            else:
                gates.take_zero(conn, "HOOD-1", furnished.checked(Decimal("0.00"), at), at=at, who=ANN.id)

    pharmacy.house.store.write(checks)


def change(pharmacy: Pharmacy, **values: object) -> None:
    pharmacy.house.store.write(lambda conn: conn.execute(update(balance).values(**values)))


def wait_for(client: FlaskClient, words: str) -> bool:
    """Look at the page until it says so."""
    with patience() as may_wait:
        while may_wait() and words not in client.get(PAGE).text:
            time.sleep(0.1)
    return words in client.get(PAGE).text


@pytest.fixture
def lee(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, LEE)


def test_r15_lee_sees_each_weights_readings_against_its_limits_in_a_picture_and_in_words(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    days_of_checks(pharmacy, ("0.02", "-0.04", "0.01", "0.12", "0.15"), now())
    page = lee.get(PAGE).text
    heavy = next(one for one in re.findall(r"<figure class=\"chart\".*?</figure>", page, re.DOTALL) if "200 g" in one)
    assert "5 readings, 0 beyond the action limits, 2 beyond the warning limits. Last error +0.1500 g." in bare(heavy)
    assert "The last two readings are beyond the warning limit." in heavy
    assert heavy.count('class="mark inside"') == 3
    assert heavy.count('class="mark warning"') == 2
    assert re.findall(r'text-anchor="end">([^<]+ g)</text>', heavy) == [
        "+0.2 g",
        "+0.1 g",
        "0 g",
        "-0.1 g",
        "-0.2 g",
    ]
    assert "style=" not in page
    assert page.count("check of the day passed") == 5


def test_r15_a_weight_beyond_its_action_limit_is_marked_and_the_check_stands_as_failed(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    days_of_checks(pharmacy, ("0.00", "0.35"), now())
    page = lee.get(PAGE).text
    assert 'class="mark action"' in page
    assert "The last reading is +0.35 g off; 0.19999 g is allowed. Nothing is weighed until it passes." in bare(page)
    assert "check of the day FAILED" in page
    assert "It is done at the station, with both check weights." in page


def test_r15_a_drift_within_the_limits_is_named_before_it_fails_a_check(pharmacy: Pharmacy, lee: FlaskClient) -> None:
    days_of_checks(pharmacy, ("0.01",) * 8, now())
    assert "The last 8 readings all lie above the certificate: it drifts." in lee.get(PAGE).text


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (-1, "It weighs no dose until a new one is on the register."),
        (12, "calibration: 11 days left"),
        (200, "calibration: until"),
    ],
)
def test_r15_a_certificate_is_named_before_it_runs_out_and_once_it_has(
    pharmacy: Pharmacy, lee: FlaskClient, days: int, says: str
) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    change(pharmacy, calibrated_until=now() + timedelta(days=days))
    assert says in lee.get("/stations").text


def test_r13_lee_registers_a_new_balance_and_no_dose_is_weighed_until_it_is_qualified(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    assert post(lee, f"{PAGE}/balance", **FORM).status_code == 303
    page = lee.get(PAGE).text
    assert "Mettler Toledo JE1002G, serial number B555000111" in page
    assert "C-2026-118, until 2030-06-30" in page
    assert "not measured: no dose is weighed" in page
    assert "taken off the station" in page
    with pharmacy.house.store.reading() as conn:
        status = register.balance_status(conn, "HOOD-1")
        wired = setting_up.wiring(conn, "HOOD-1", STATIONS["HOOD-1"])
    assert status is not None
    assert wired is not None
    assert (status.serial, status.check_valid_until, status.repeatability_g) == ("B555000111", None, Decimal(0))
    assert (wired.url, wired.serial) == (FORM["url"], "B555000111")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"serial": ""}, "Give its serial."),
        ({"division_g": "1e-2"}, "One division: 1e-2 is no mass in g."),
        ({"calibrated_until": "30.06.2030"}, "Certificate good until: 30.06.2030 is no day."),
        ({"calibrated_until": "2020-01-01"}, "This certificate has run out already."),
        ({"protocol": "adam:mdw"}, "weighs no dose"),
        ({"protocol": "unheard"}, "is not spoken here"),
        ({"line": "9600"}, "line:"),
        ({"name": "BAL-1"}, "BAL-1 is the name of balance B123456789, and keeps its history."),
        ({"why": ""}, "Give a reason in a few words."),
    ],
)
def test_q50_a_register_form_that_cannot_be_comes_back_filled_in_with_the_reason(
    pharmacy: Pharmacy, lee: FlaskClient, changed: dict[str, str], says: str
) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    refused = post(lee, f"{PAGE}/balance", **{**FORM, **changed})
    assert refused.status_code == 422
    assert says in refused.text
    assert 'value="JE1002G"' in refused.text
    with pharmacy.house.store.reading() as conn:
        status = register.balance_status(conn, "HOOD-1")
    assert status is not None
    assert status.serial == "B123456789"


def test_r15_a_new_certificate_of_the_same_balance_keeps_its_scatter_and_ends_todays_check(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    form = {**FORM, "name": "BAL-1", "serial": "B123456789", "why": "calibrated by its maker"}
    assert post(lee, f"{PAGE}/balance", **form).status_code == 303
    with pharmacy.house.store.reading() as conn:
        status = register.balance_status(conn, "HOOD-1")
    assert status is not None
    assert (status.repeatability_g, status.check_valid_until) == (Decimal("0.004"), None)


def test_r15_a_check_weights_new_certificate_stands_in_the_next_readings_only(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    form = {"code": "W200", "name": "200 g", "certificate_g": "200.02", "certified_until": "2030-01-01"}
    assert post(lee, f"{PAGE}/weight", **form).status_code == 303
    page = lee.get(PAGE).text
    assert "200 g 200.02 g, until 2030-01-01" in bare(page)
    assert "Last error 0.0000 g" in bare(page)
    wrong = post(lee, f"{PAGE}/weight", **{**form, "certificate_g": "2e2"})
    assert (wrong.status_code, "Certified mass: 2e2 is no mass in g." in wrong.text) == (422, True)


def test_q45_pam_looks_and_registers_nothing(pharmacy: Pharmacy) -> None:
    days_of_checks(pharmacy, ("0.00",), now())
    pam = at_desk(pharmacy, PAM)
    assert "Put on the register" not in pam.get(PAGE).text
    assert post(pam, f"{PAGE}/balance", **FORM).status_code == 403


def test_f5_a_registered_balance_is_asked_who_it_is_and_another_at_its_port_is_kept_and_refused(
    make_pharmacy: Callable[..., Pharmacy],
) -> None:
    pharmacy = make_pharmacy()
    with Station(speed=6.0) as station:
        lee, house = at_desk(pharmacy, LEE), pharmacy.house
        house.benches.start()
        try:
            form = {**FORM, "url": station.balance_url, "serial": station.serial}
            assert post(lee, f"{PAGE}/balance", **form).status_code == 303
            assert wait_for(lee, f"number {station.serial}, software")
            right = station.serial
            station.become("B999999999")
            station.unplug("balance")
            station.replug("balance")
            assert wait_for(lee, "another balance answered")
            assert f"serial number B999999999, expected {right}" in lee.get(PAGE).text
            assert "link: another balance" in lee.get("/stations").text
        finally:
            house.benches.close()


CABINET = {
    "name": "BSC-9",
    "certificate": "NSF-9",
    "certified_until": "2030-06-30",
    "category": "2",
    "why": "a new hood",
}


def test_r41_lee_registers_a_cabinet_prints_the_code_for_its_front_and_takes_it_out_of_service(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    assert "No cabinet is on the register" in lee.get(PAGE).text
    assert post(lee, f"{PAGE}/cabinet", **{**CABINET, "certified_until": "2020-01-01"}).status_code == 422
    assert post(lee, f"{PAGE}/cabinet", **CABINET).status_code == 303
    shown = lee.get(PAGE).text
    assert "BSC-9" in shown
    assert "NSF-9" in shown
    card = lee.get(f"{PAGE}/cabinet/BSC-9.pdf")
    assert (card.status_code, card.data[:5]) == (200, b"%PDF-")
    assert post(lee, f"{PAGE}/cabinet/BSC-9/out", why="the filter leaks").status_code == 303
    assert "0 of 1 certified" in lee.get("/stations").text
    assert "out of service" in lee.get(PAGE).text
