"""A route is one, and its words are wholly understood: a tube is no mouth, and "IV or PO" is no route (I43)."""

from __future__ import annotations

import json

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.profile_checks import wrong_in
from tests.interfaces.cases import edited, findings, reading, reasons
from tests.interfaces.test_fhir_orders import D, sample, setting, told
from tests.interfaces.test_kept_profiles import changed
from tests.interfaces.test_reasons import ROUTE

IV = "47625008"
TUBES = (
    "PO via PEG",
    "PO/NG",
    "ORAL/JT",
    "per G-tube",
    "NG",
    "by mouth or feeding tube",
    "oral (gastrostomy)",
    "Sonde",
)
TWO = ("IV/IT", "IV or PO", "IVP/IT", "PO/SC", "oral or intravenous", "i.v. / i.t.", "SC IM", "INTRATHECAL IV")
HALF_UNDERSTOOD = ("PO with apple sauce", "IV under the tongue", "by os lacrimale", "oral 2", "IV?")


@pytest.mark.parametrize("said", [*TUBES, *TWO, *HALF_UNDERSTOOD])
@pytest.mark.parametrize("route", ["IV", "PO", "SC"])
def test_i43_a_profile_gives_no_route_to_words_that_name_a_tube_or_two_routes_or_are_not_understood(
    said: str, route: str
) -> None:
    assert said in "".join(wrong_in(changed(routes={said: route})))


@pytest.mark.parametrize("said", [*TUBES, *TWO])
def test_i43_an_order_whose_words_name_a_tube_or_another_route_is_refused(said: str) -> None:
    assert ("ROUTE_AMBIGUOUS", "RXR-1") in reasons(edited((ROUTE, f"RXR|{IV}^{said}^SCT")))


@pytest.mark.parametrize("said", ["Intravenous, see note", "IV under the tongue", "as told", "IV 2"])
def test_i42_an_order_whose_route_is_not_wholly_understood_waits_for_a_pharmacist(said: str) -> None:
    assert "FIELD_UNREADABLE" in findings(edited((ROUTE, f"RXR|{IV}^{said}^SCT")))


@pytest.mark.parametrize(
    "said",
    [
        "IV",
        "I.V.",
        "i. v. infusion",
        "Intravenous route",
        "INTRAVENOUS",
        "intravenös",
        "IV push",
        "via central line IV",
    ],
)
def test_a_route_in_words_that_are_all_known_is_read_without_a_finding(said: str) -> None:
    payload = edited((ROUTE, f"RXR|{IV}^{said}^SCT"))
    assert (reading(payload).errors, findings(payload)) == ((), set())


@pytest.mark.parametrize("device", ["PEG^PEG tube^L", "NGT^Nasogastric tube^L", "X^feeding tube^L"])
def test_i43_a_tube_named_as_the_device_contradicts_the_route(device: str) -> None:
    assert ("ROUTE_AMBIGUOUS", "RXR-2") in reasons(edited((ROUTE, f"RXR|{IV}||{device}")))


def routed(words: str) -> dict[str, object]:
    document = sample("f11")
    setting(f"{D}.route.text", words)(document)
    return told(json.dumps(document).encode(), MemoryBook())


@pytest.mark.parametrize("said", [*TUBES, "IV or PO", "oral or intravenous", "PO/SC"])
def test_i43_a_fhir_route_whose_text_names_a_tube_or_another_route_is_refused(said: str) -> None:
    assert "ROUTE_AMBIGUOUS" in {one["reason"] for one in routed(said)["errors"]}


def test_i42_a_fhir_route_whose_text_is_not_wholly_understood_waits_for_a_pharmacist() -> None:
    shown = routed("by mouth, with apple sauce")
    assert [one for one in shown["findings"] if one["code"] == "FIELD_UNREADABLE" and "route" in one["text"]]


@pytest.mark.parametrize("device", ["SYR^Syringe^L", "X^plastic syringe^L", "CAS^Cassette^L"])
def test_i21_another_container_named_as_the_device_waits_for_a_pharmacist(device: str) -> None:
    assert "CONTAINER_UNKNOWN" in findings(edited((ROUTE, f"RXR|{IV}||{device}")))


@pytest.mark.parametrize(
    "device", ["PUMP^Infusion pump^L", "BAG^IV bag^L", "CVL^Central line^HL70163", "SYR^Syringe pump^L"]
)
def test_a_pump_or_the_same_container_named_as_the_device_is_no_finding(device: str) -> None:
    assert findings(edited((ROUTE, f"RXR|{IV}||{device}"))) == set()
