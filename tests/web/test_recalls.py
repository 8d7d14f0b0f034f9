"""A recall that was wrong is withdrawn by a pharmacist and a second person; the record keeps both, and the lot may come again."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.record import log
from app.record.place import place_of
from app.record.verify import verify
from tests.people.cast import ANN, LEE, PAM, QUIN, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, post
from tests.web.test_formulary import VIAL, on_the_shelf, recalled, scanned
from tests.web.test_licence import lapse
from workflows import commands as asked

PATH = f"/formulary/{VIAL.gtin14}"
WHY = "another maker's lot, says the letter of 3 May"


def withdrawn(pharmacy: Pharmacy, second: Member = LEE, who: Member = PAM, **changes: Any) -> TestResponse:
    client = at_desk(pharmacy, who)
    shown = form_of(at_desk(pharmacy, QUIN).get(PATH).text, "/recall/withdraw")
    form = {
        "over": shown["over"], "lot": shown["lot"], "why": WHY, "user": who.user, "password": who.password,
        "badge": second.badge, "pin": second.pin,
    }  # fmt: skip
    return post(client, f"{PATH}/recall/withdraw", **{**form, **changes})


def kinds(pharmacy: Pharmacy) -> list[tuple[str, str | None]]:
    settings = pharmacy.house.settings
    with pharmacy.house.store.reading() as conn:
        found = log.load(conn, settings.site_stream)
    return [(one.kind, one.second_person) for one in found if "recall" in one.kind]


def recalled_of(pharmacy: Pharmacy) -> str:
    return str(getattr(scanned(pharmacy, "AB123"), "recalled", "?"))


def test_r19_two_withdraw_a_recall_and_the_record_keeps_both(pharmacy: Pharmacy) -> None:
    on_the_shelf(pharmacy)
    recalled(pharmacy)
    assert withdrawn(pharmacy).status_code == 303
    assert recalled_of(pharmacy) == ""
    page = at_desk(pharmacy, PAM).get(PATH).text
    assert (f"withdrawn by {PAM.name} and {LEE.name}" in page, WHY.replace("'", "&#39;") in page) == (True, True)
    assert kinds(pharmacy) == [("lot_recalled", None), ("recall_withdrawn", LEE.id)]
    recalled(pharmacy)
    assert recalled_of(pharmacy) == "maker's recall 7/2026", "it may be recalled again"
    assert [one for one, _ in kinds(pharmacy)] == ["lot_recalled", "recall_withdrawn", "lot_recalled"]
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).ok


@pytest.mark.parametrize(
    ("second", "changes", "says"),
    [
        (PAM, {}, "The second person must be somebody else"),
        (ANN, {}, "is no pharmacist, lead technician or of quality assurance"),
        (LEE, {"pin": "000000"}, "PIN"),
        (LEE, {"password": "not hers"}, "wrong"),
        (LEE, {"why": "oops"}, "at least 10 letters"),
        (LEE, {"over": "0" * 64}, "changed since this page was drawn"),
        (LEE, {"lot": "AB999"}, "no such recall"),
    ],
)
def test_r19_nobody_withdraws_one_alone_or_without_a_reason(
    pharmacy: Pharmacy, second: Member, changes: dict[str, str], says: str
) -> None:
    on_the_shelf(pharmacy)
    recalled(pharmacy)
    refused = withdrawn(pharmacy, second, **changes)
    assert (refused.status_code in (409, 422), says in refused.text) == (True, True), refused.text[-3000:]
    assert recalled_of(pharmacy) == "maker's recall 7/2026"
    assert [one for one, _ in kinds(pharmacy)] == ["lot_recalled"]


def test_r19_who_may_not_sees_no_form_and_a_lapsed_second_counts_for_nothing(pharmacy: Pharmacy) -> None:
    on_the_shelf(pharmacy)
    recalled(pharmacy)
    assert "/recall/withdraw" not in at_desk(pharmacy, LEE).get(PATH).text
    assert withdrawn(pharmacy, QUIN, LEE).status_code == 403
    lapse(pharmacy, PAM)
    assert withdrawn(pharmacy, PAM, QUIN).status_code == 422
    assert recalled_of(pharmacy) == "maker's recall 7/2026"


def test_r19_a_dose_that_waited_for_a_wrong_recall_is_released_after_it_was_withdrawn(
    pharmacy: Pharmacy, checked: Making
) -> None:
    on_the_shelf(pharmacy)
    recalled(pharmacy)
    held = checked.ask(asked.Submit("", checked.sign("approved for release")), PAM)
    assert held.code == "RECALLED_SINCE"
    assert withdrawn(pharmacy, LEE, QUIN).status_code == 303
    assert checked.ask(asked.Submit("", checked.sign("approved for release")), PAM).kind == "accepted"
