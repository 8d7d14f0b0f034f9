"""The formulary kept in the application: a package is scanned by what two people signed, a recalled lot by nobody."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert
from werkzeug.test import TestResponse

from app.catalogue import formulary, identify, recalls
from app.catalogue.formulary import Package
from app.catalogue.tables import package, recall
from app.clock import now
from app.record.place import place_of
from app.record.verify import verify
from devices.scanner.parse import parse
from tests.people.cast import ADA, ANN, LEE, PAM, QUIN, UNA, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, post
from workflows import commands as asked
from workflows.evidence import Container, Found

VIAL = Package(
    gtin14="00310019955506", ndc="10019-955-50", national="", item="cyclophosphamide-500mg-powder", role="drug",
    text="cyclophosphamide 500 mg powder", maker="Baxter", drug="cyclophosphamide", amount_mg="500", volume_ml="",
    concentration_mg_ml="20", fluid="", part="", level="inner", single_dose="yes", pieces="",
)  # fmt: skip


def draft(client: FlaskClient, made: Package = VIAL, **changes: str) -> TestResponse:
    return post(client, "/formulary/draft", **{**asdict(made), "of": "", "why": "carton in hand", **changes})


def sign(pharmacy: Pharmacy, member: Member, **changes: str) -> TestResponse:
    with pharmacy.house.store.reading() as conn:
        waits = formulary.open_draft(conn, VIAL.gtin14)
    fields = {"over": waits.digest if waits else "none", "against": "the vial", "user": member.user}
    given = {**fields, "password": member.password, **changes}
    return post(at_desk(pharmacy, member), f"/formulary/{VIAL.gtin14}/sign", **given)


def scanned(pharmacy: Pharmacy, lot: str = "AB123") -> Found:
    code = f"]d201{VIAL.gtin14}1728123110{lot}"
    with pharmacy.house.store.reading() as conn:
        return identify.container(conn, parse(code, as_of=date(2026, 11, 30)))


def test_r46_what_a_package_is_made_of_comes_with_its_scan(pharmacy: Pharmacy) -> None:
    assert draft(at_desk(pharmacy, ADA), materials="polypropylene, ABS").status_code == 303
    assert (sign(pharmacy, UNA).status_code, sign(pharmacy, PAM).status_code) == (303, 303)
    found = scanned(pharmacy)
    assert isinstance(found, Container)
    assert found.materials == ("polypropylene", "ABS")


def test_u2_a_package_is_unknown_to_the_scanner_until_two_people_have_signed_it(pharmacy: Pharmacy) -> None:
    assert draft(at_desk(pharmacy, ADA)).status_code == 303
    assert "Waiting for a signature" in at_desk(pharmacy, LEE).get("/formulary").text
    assert "Not on the shelf yet" in at_desk(pharmacy, LEE).get(f"/formulary/{VIAL.gtin14}").text
    assert (sign(pharmacy, ADA).status_code, sign(pharmacy, LEE).status_code) == (403, 403)
    assert sign(pharmacy, UNA).status_code == 303
    assert "You have signed this draft" in sign(pharmacy, UNA).text
    assert "UNKNOWN PRODUCT" in str(scanned(pharmacy))
    assert sign(pharmacy, PAM).status_code == 303
    found = scanned(pharmacy)
    assert (getattr(found, "text", ""), getattr(found, "lot", ""), getattr(found, "ndc", "")) == (
        VIAL.text,
        "AB123",
        VIAL.ndc,
    )
    page = at_desk(pharmacy, PAM).get(f"/formulary/{VIAL.gtin14}").text
    assert f"confirmed by {UNA.name} and {PAM.name}" in page
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).faults == ()


def on_the_shelf(pharmacy: Pharmacy, made: Package = VIAL) -> None:
    draft(at_desk(pharmacy, ADA), made)
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303


def test_u3_a_change_counts_only_signed_and_what_was_before_stays_readable(pharmacy: Pharmacy) -> None:
    on_the_shelf(pharmacy)
    assert "Nothing of it is different" in draft(at_desk(pharmacy)).text
    draft(at_desk(pharmacy), replace(VIAL, amount_mg="1000"), of=VIAL.gtin14)
    page = at_desk(pharmacy).get(f"/formulary/{VIAL.gtin14}").text
    assert '<th scope="row">contents, mg</th><td>500</td><td><b>1000</b></td>' in page
    with pharmacy.house.store.reading() as conn:
        standing = formulary.of(conn, VIAL.gtin14)
        written = [(one.package.amount_mg, len(one.signed)) for _, _, one in formulary.history(conn, VIAL.gtin14)]
    assert (standing.package.amount_mg if standing else "", written) == (
        "500",
        [("1000", 0), ("500", 2), ("500", 1), ("500", 0)],
    )


def test_r19_a_recalled_lot_is_refused_from_then_on_and_no_other(pharmacy: Pharmacy) -> None:
    on_the_shelf(pharmacy)
    path = f"/formulary/{VIAL.gtin14}/recall"
    said = {"lot": "ab123", "reference": "maker's recall 7/2026"}
    assert post(at_desk(pharmacy, UNA), path, **said).status_code == 403
    assert post(at_desk(pharmacy, LEE), path, lot="ab123").status_code == 422
    assert post(at_desk(pharmacy, LEE), path, **said).status_code == 303
    assert [getattr(scanned(pharmacy, lot), "recalled", "?") for lot in ("AB123", "AB124")] == [said["reference"], ""]
    again = post(at_desk(pharmacy, PAM), path, **said)
    assert (again.status_code, "recalled already" in again.text) == (422, True)


@pytest.mark.parametrize("renamed", ["before the recall", "after the recall"])
def test_r19_a_lot_recalled_after_its_product_was_renamed_is_not_released(
    pharmacy: Pharmacy, checked: Making, renamed: str
) -> None:
    on_the_shelf(pharmacy)
    steps = [lambda: recalled(pharmacy), lambda: named_otherwise(pharmacy)]
    for step in steps[:: -1 if renamed.startswith("before") else 1]:
        step()
    released = checked.ask(asked.Submit("", checked.sign("approved for release")), PAM)
    assert (released.code, "maker's recall 7/2026" in released.says) == ("RECALLED_SINCE", True)


def test_r19_a_recall_under_a_code_that_became_one_of_the_product_finds_the_vial_scanned_before(
    pharmacy: Pharmacy,
) -> None:
    on_the_shelf(pharmacy)
    before = scanned(pharmacy)
    assert isinstance(before, Container)
    named_otherwise(pharmacy)
    other = {"gtin14": "00781323394003", "lot": "AB123", "reference": "recall of the carton", "at": now(), "who": "x"}
    row = {**asdict(VIAL), "gtin14": other["gtin14"], "item": OTHERWISE, "pieces": None, "confirmed_by": "two"}

    def carton(conn: Connection) -> None:
        conn.execute(insert(package), row)
        conn.execute(insert(recall), other)

    pharmacy.house.store.write(carton)
    with pharmacy.house.store.reading() as conn:
        said = [identify.recalls(conn, [one]) for one in (before, replace(before, lot="AB124"))]
    assert said == ["cyclophosphamide 500 mg powder, lot AB123: recall of the carton", ""]


@pytest.mark.parametrize(
    "written",
    [
        "Cyclophosphamide-500mg-POWDER",
        " cyclophosphamide-500mg-powder\u00a0",
        "cyclophosphamide-\u200b500mg-powder",
        "cyclophosphamide\u2011500mg\u2212powder",
        "cyclophosphamide-\uff15\uff10\uff10mg-powde\u0301r",
    ],
)
def test_r19_a_recall_finds_a_product_that_was_signed_long_ago_in_other_letters_or_with_stray_blanks(
    pharmacy: Pharmacy, written: str
) -> None:
    on_the_shelf(pharmacy)
    other = {"gtin14": "00781323394003", "lot": "ab 123 ", "reference": "recall of the carton", "at": now(), "who": "x"}
    row = {**asdict(VIAL), "gtin14": other["gtin14"], "item": written, "pieces": None, "confirmed_by": "two"}

    def carton(conn: Connection) -> None:
        conn.execute(insert(package), row)
        conn.execute(insert(recall), other)

    pharmacy.house.store.write(carton)
    assert [getattr(scanned(pharmacy, lot), "recalled", "?") for lot in ("AB123", "AB124")] == [
        "recall of the carton",
        "",
    ]
    with pharmacy.house.store.reading() as conn:
        assert [one.reference for one in recalls.recalls(conn, VIAL.gtin14)] == ["recall of the carton"]


OTHERWISE = "cyclophosphamide-500mg-of-baxter"


def named_otherwise(pharmacy: Pharmacy) -> None:
    assert draft(at_desk(pharmacy), replace(VIAL, item=OTHERWISE), of=VIAL.gtin14).status_code == 303
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303


def recalled(pharmacy: Pharmacy) -> None:
    said = {"lot": "ab123", "reference": "maker's recall 7/2026"}
    assert post(at_desk(pharmacy, LEE), f"/formulary/{VIAL.gtin14}/recall", **said).status_code == 303


CANNOT_BE = (
    ({"gtin14": "00310019955507"}, "right check digit"),
    ({"ndc": "10019-955-05"}, "holds another NDC"),
    ({"ndc": "1001995550"}, "with its dashes"),
    ({"drug": "Cyclophosphamide"}, "in lower case"),
    ({"text": "ifosfamide 1 g"}, "begin what it is called with it"),
    ({"amount_mg": "5e2"}, "not a number above 0"),
    ({"amount_mg": ""}, "how many mg"),
    ({"volume_ml": "2.5"}, "Has a digit slipped"),
    ({"role": "poison"}, "Choose what it is"),
    ({"role": "device", "drug": ""}, "Name the part"),
    ({"why": ""}, "Say what it was read in"),
    ({"item": "cyclophosphamide-500mg\u00a0powder"}, "Item &#34;cyclophosphamide-500mg·powder&#34; holds"),
    ({"text": "cyclophosphamide  500 mg"}, "Text &#34;cyclophosphamide··500 mg&#34; holds"),
)


@pytest.mark.parametrize(("changes", "says"), CANNOT_BE)
def test_b26_what_cannot_be_right_brings_the_form_back_filled_in(
    pharmacy: Pharmacy, changes: dict[str, str], says: str
) -> None:
    answer = draft(at_desk(pharmacy), **changes)
    assert (answer.status_code, says in answer.text, 'value="Baxter"' in answer.text) == (422, True, True)


@pytest.mark.parametrize("said", ["{} ", "\t{}", "{}\u200b", "{}\u00a0"])
def test_b26_a_blank_that_nobody_sees_is_refused_in_every_field(said: str) -> None:
    made = replace(VIAL, national="PZN 01234562", volume_ml="25", fluid="water", part="bag", pieces="1")
    assert formulary.wrong_in(made) == ()
    for field in Package.__dataclass_fields__:
        unseen = replace(made, **{field: said.format(getattr(made, field))})
        assert any(f"{field} " in one.lower() and "nobody sees" in one for one in formulary.wrong_in(unseen)), field


def test_r19_a_product_is_not_written_in_two_ways_so_that_a_recall_finds_every_code_of_it(pharmacy: Pharmacy) -> None:
    like = replace(VIAL, gtin14="00781323394006", item="Cyclophosphamide powder", ndc="")
    assert draft(at_desk(pharmacy, ADA), like).status_code == 303, "no other is on the shelf yet"
    on_the_shelf(pharmacy, replace(VIAL, item=like.item.casefold()))
    again = draft(at_desk(pharmacy, ADA), replace(like, maker="another"))
    assert (again.status_code, "written cyclophosphamide powder already" in again.text) == (422, True)
    late = sign_all(pharmacy, PAM)
    assert (late.status_code, "written cyclophosphamide powder already" in late.text) == (409, True)


def test_u1_who_is_no_keeper_of_the_formulary_does_not_change_it(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy, ANN).get("/formulary").status_code == 403
    assert draft(at_desk(pharmacy, UNA)).status_code == 403
    assert "Add a package" not in at_desk(pharmacy, UNA).get("/formulary").text


def imported(pharmacy: Pharmacy) -> tuple[Package, Package]:
    """Two drafts of one file, as the command writes them."""
    other = replace(
        VIAL, gtin14="00781323394006", item="cyclophosphamide-1g-powder", text="cyclophosphamide 1 g powder", ndc=""
    )
    for one in (VIAL, replace(other, amount_mg="1000")):
        assert draft(at_desk(pharmacy), one).status_code == 303
    return VIAL, replace(other, amount_mg="1000")


def sign_all(pharmacy: Pharmacy, member: Member, **changes: str) -> TestResponse:
    client = at_desk(pharmacy, member)
    shown = form_of(client.get("/formulary/drafts").text, "/formulary/drafts/sign")
    form = {"over": shown.get("over", ""), "against": "the packages in hand", "user": member.user}
    return post(client, "/formulary/drafts/sign", **{**form, "password": member.password, **changes})


def test_u2_what_was_imported_is_looked_at_and_signed_at_once_each_as_by_itself(pharmacy: Pharmacy) -> None:
    both = imported(pharmacy)
    page = at_desk(pharmacy, UNA).get("/formulary/drafts").text
    assert all(one.text in page for one in both)
    assert sign_all(pharmacy, UNA).status_code == 303
    assert "No draft waits for your signature" in at_desk(pharmacy, UNA).get("/formulary/drafts").text
    with pharmacy.house.store.reading() as conn:
        assert [formulary.of(conn, one.gtin14) for one in both] == [None, None]
    assert post(at_desk(pharmacy, LEE), "/formulary/drafts/sign", over="0").status_code == 403
    assert sign_all(pharmacy, PAM).status_code == 303
    with pharmacy.house.store.reading() as conn:
        found = [formulary.of(conn, one.gtin14) for one in both]
    assert [one.confirmed_by for one in found if one] == [f"{UNA.name} and {PAM.name}"] * 2


def test_u2_an_old_page_signs_none_of_them(pharmacy: Pharmacy) -> None:
    vial, _ = imported(pharmacy)
    over = form_of(at_desk(pharmacy, PAM).get("/formulary/drafts").text, "/formulary/drafts/sign")["over"]
    assert draft(at_desk(pharmacy), replace(vial, maker="another"), of=vial.gtin14).status_code == 303
    late = sign_all(pharmacy, PAM, over=over)
    assert (late.status_code, "changed since this page was drawn" in late.text) == (409, True)
    with pharmacy.house.store.reading() as conn:
        assert [one.signed for one in formulary.drafted(conn)] == [(), ()]
