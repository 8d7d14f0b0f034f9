"""The site's policy written in the application: proposed limits beside the site's own, a draft, two people, a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.catalogue import beginning, drug_names, policies, recipes
from app.clock import now
from app.demo import recipes as demo
from app.record.place import place_of
from app.record.verify import verify
from app.web import policy_form
from tests.people.cast import ADA, ANN, PAM, QUIN, UNA, Member
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, over, post
from tests.workflows.example import POLICY
from workflows.added import AddedConfirmation
from workflows.clearances import Requirement
from workflows.recipe import DEFAULT_POLICY, LibraryEntry, Policy, Recipe
from workflows.site_policy import signed, wrong_in

ASKED = Requirement(
    "OK to treat", "OK to treat", drugs=("gemcitabine", "docetaxel"), entered_by=("pharmacist", "lead_technician"),
    hours=72, anew=True,
)  # fmt: skip


def draft(pharmacy: Pharmacy, client: FlaskClient, *, days: int = 0, **changes: str) -> TestResponse:
    day = now().astimezone(pharmacy.house.settings.zone).date() + timedelta(days=days)
    form = {**policy_form.said(POLICY), "effective_on": day.isoformat(), "why": "committee of May"}
    return post(client, "/policy/draft", **{**form, **changes})


def sign(pharmacy: Pharmacy, member: Member, **changes: str) -> TestResponse:
    with pharmacy.house.store.reading() as conn:
        open_one = policies.open_draft(conn, pharmacy.house.settings.site)
    over = {"over": open_one.digest if open_one else "none", "against": "minutes of May"}
    return post(
        at_desk(pharmacy, member),
        "/policy/sign",
        **{**over, "user": member.user, "password": member.password, **changes},
    )


def counting(pharmacy: Pharmacy, days: int = 0) -> Policy | None:
    with pharmacy.house.store.reading() as conn:
        return recipes.policy_of(conn, pharmacy.house.settings.site, now() + timedelta(days=days))


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        replace(POLICY, counting=None, requires=(ASKED,)),
        replace(POLICY, weigh_vials=True, weigh_gate=D("0.004")),
    ],
)
def test_r11_the_form_gives_back_the_policy_that_was_written_into_it(policy: Policy) -> None:
    assert policy_form.read(policy_form.said(policy), POLICY) == policy


def test_u2_every_limit_stands_on_the_page_with_its_sentence() -> None:
    assert [name for name, says in policy_form.sources().items() if not says or "`" in says] == []
    assert {"bands", "weigh_gate", "glove_minutes", "counting.ppe"} <= {
        one.name for one in policy_form.written_fields()
    }


def test_u2_a_new_policy_counts_for_what_is_opened_after_two_have_signed_it(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin()
    assert draft(pharmacy, at_desk(pharmacy, ADA), glove_minutes="25", dose_tolerance="4").status_code == 303
    page = at_desk(pharmacy, ADA).get("/policy").text
    assert "Draft of version 2" in page
    assert '<th scope="row">minutes of gloves</th><td>30</td><td><b>25</b></td>' in page
    assert sign(pharmacy, ADA).status_code == 403
    assert sign(pharmacy, PAM).status_code == 303
    assert "You have signed this draft" in sign(pharmacy, PAM).text
    assert counting(pharmacy) == POLICY
    assert sign(pharmacy, UNA).status_code == 303
    new = replace(
        POLICY, version=2, signed_by=(PAM.name, UNA.name), glove_minutes=25, dose_tolerance=D("0.04"),
        zone=pharmacy.house.settings.zone.key,
    )  # fmt: skip
    assert counting(pharmacy) == new
    assert made.p.policy == POLICY
    later = replace(seeded, started=now(), furnished=True).begin("DEMO1099").p
    assert (made.p.policy.glove_minutes, later.policy.glove_minutes) == (30, 25)
    assert "SITE" in at_desk(pharmacy, PAM).get("/policy").text
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).faults == ()


def test_u2_one_of_the_two_is_a_pharmacist_and_a_version_waits_for_its_day(pharmacy: Pharmacy) -> None:
    with pharmacy.house.store.reading() as conn:
        assert recipes.policy_of(conn, pharmacy.house.settings.site, now()) is None
    assert "no preparation can be opened" in at_desk(pharmacy).get("/policy").text
    draft(pharmacy, at_desk(pharmacy), days=3)
    assert sign(pharmacy, UNA).status_code == 303
    assert sign(pharmacy, QUIN).status_code == 303
    assert [one is not None for one in (counting(pharmacy), counting(pharmacy, 4))] == [False, True]


def test_u2_a_tab_that_was_left_open_takes_back_nothing_that_was_drafted_or_signed_since(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.policy == POLICY
    pam = at_desk(pharmacy)
    before = over(pam.get("/policy").text, "/policy/draft")
    assert draft(pharmacy, pam, over=before, glove_minutes="25").status_code == 303
    answer = draft(pharmacy, pam, over=before, gown_minutes="100")
    assert (answer.status_code, "was changed since this page was drawn" in answer.text) == (422, True)
    drafted = over(answer.text, "/policy/draft")
    assert drafted == over(pam.get("/policy").text, "/policy/draft") != before
    for member in (PAM, UNA):
        assert sign(pharmacy, member).status_code == 303
    assert draft(pharmacy, pam, over=drafted, gown_minutes="100").status_code == 422
    now_there = over(pam.get("/policy").text, "/policy/draft")
    assert draft(pharmacy, pam, over=now_there, gown_minutes="100").status_code == 303


def test_r57_r22_a_drug_that_nobody_here_knows_by_that_name_is_in_no_policy(pharmacy: Pharmacy, seeded: Seeded) -> None:
    """A requirement for "gemcitabin" would be asked of no dose, and nobody would see it missing."""
    assert seeded.policy == POLICY
    pam, asked = at_desk(pharmacy), policy_form.said(replace(POLICY, requires=(ASKED,)))
    asked["requires.0.drugs"] = "gemcitabin, docetaxel"
    answer = draft(pharmacy, pam, **asked)
    assert answer.status_code == 422
    assert "is of “gemcitabin”, which OK to treat names: it would be asked of no dose. Was gemcitabine meant?" in (
        unescape(answer.text)
    )
    line = LibraryEntry("FU", "1", "fluoruracil", D(1), D(50), D(10), "Pam", "Nell")
    with pharmacy.house.store.reading() as conn:
        site = pharmacy.house.settings.site
        (says,) = drug_names.unknown_in(conn, site, replace(POLICY, requires=(ASKED,), pump_library=(line,)))
        added = AddedConfirmation("read aloud", "before mixing", drugs=("Vincristine ", "vincristin"))
        (other,) = drug_names.unknown_in(conn, site, replace(POLICY, adds=(added,)))
    assert "line FU of the pumps' library" in says
    assert "Was vincristine meant?" in other


def test_u2_a_change_takes_the_signature_off_and_an_old_page_signs_nothing(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy == POLICY
    draft(pharmacy, at_desk(pharmacy), glove_minutes="25")
    with pharmacy.house.store.reading() as conn:
        old = policies.open_draft(conn, pharmacy.house.settings.site)
    sign(pharmacy, PAM)
    draft(pharmacy, at_desk(pharmacy), glove_minutes="20")
    assert old is not None
    late = sign(pharmacy, QUIN, over=old.digest)
    assert (late.status_code, "changed since this page was drawn" in late.text) == (409, True)


def test_u2_nothing_that_waits_for_its_day_counts_early_by_a_later_version(
    pharmacy: Pharmacy, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seeded.policy == POLICY
    draft(pharmacy, at_desk(pharmacy), days=30, dose_tolerance="8")
    assert [sign(pharmacy, member).status_code for member in (PAM, UNA)] == [303, 303]
    later = {"dose_tolerance": "8", "glove_minutes": "25"}
    early = draft(pharmacy, at_desk(pharmacy), **later)
    begins = now().astimezone(pharmacy.house.settings.zone).date() + timedelta(days=30)
    assert (early.status_code, f"The newest version begins on {begins}" in early.text) == (422, True)
    monkeypatch.setattr(beginning, "too_early", lambda *_: "")
    assert draft(pharmacy, at_desk(pharmacy), **later).status_code == 303, "as one kept before drafts were refused"
    monkeypatch.undo()
    shown = at_desk(pharmacy).get("/policy").text
    assert '<th scope="row">dose tolerance, %</th><td>5 %</td><td><b>8 %</b></td>' in shown
    refused = sign(pharmacy, PAM)
    assert (refused.status_code, "from that day or later" in refused.text) == (409, True)
    assert draft(pharmacy, at_desk(pharmacy), days=30, **later).status_code == 303
    shown = at_desk(pharmacy).get("/policy").text
    assert '<th scope="row">minutes of gloves</th><td>30</td><td><b>25</b></td>' in shown
    assert "<td>5 %</td><td><b>8 %</b></td>" not in shown
    assert [sign(pharmacy, member).status_code for member in (PAM, UNA)] == [303, 303]
    found = [(one.dose_tolerance, one.glove_minutes) for one in (counting(pharmacy), counting(pharmacy, 31)) if one]
    assert found == [(POLICY.dose_tolerance, 30), (D("0.08"), 25)]


CANNOT_BE = (
    ({"bands": "over 2 mL: 15 %\nover 0 mL: no weight alone"}, "allows more than 10"),
    ({"bands": "over 2 mL: 5 %"}, "for more than 0 mL"),
    ({"bands": "2 mL is 5"}, "write each line as"),
    ({"dose_tolerance": "0.05"}, "at least 0.1 %"),
    ({"glove_minutes": "45"}, "Minutes of a pair of gloves are 1 to 30"),
    ({"max_attempts": "many"}, "write a whole number"),
    ({"ppe": ""}, "asks for no protective equipment"),
    ({"ppe": "gown\nmask"}, "asks for no gloves"),
    ({"pump_competencies": ""}, "no competency of whoever fills a cassette"),
    ({"photos": "staged"}, "no picture of: final"),
    ({"photos": "staged\nfinal\nselfie"}, "No picture is called selfie"),
    ({"counting.photos": "stock"}, "no picture of: tray, final"),
    ({"effective_on": "soon"}, "2027-06-30"),
    ({"why": ""}, "Say why"),
    ({"glove_minutes": "30"}, "Nothing of it is different"),
)


def test_u2_what_no_site_may_decide_brings_the_form_back_filled_in(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy == POLICY
    pam = at_desk(pharmacy)
    for changes, says in CANNOT_BE:
        answer = draft(pharmacy, pam, **{"glove_minutes": "25", "why": "as drawn", **changes})
        assert (answer.status_code, says in answer.text, "as drawn" in answer.text or "why" in changes) == (
            422, True, True,
        ), changes  # fmt: skip
    with pharmacy.house.store.reading() as conn:
        assert policies.open_draft(conn, pharmacy.house.settings.site) is None


def test_u2_the_projects_own_proposals_may_be_signed() -> None:
    assert wrong_in(DEFAULT_POLICY) == ()
    assert not DEFAULT_POLICY.share_vials


def test_r32_the_demo_shares_no_vials() -> None:
    assert wrong_in(demo.policy("America/New_York")) == ()
    assert not any(one.may_be_shared for one in demo.RECIPES if isinstance(one, Recipe))


def test_r32_a_policy_that_shares_vials_has_closed_systems_weighs_and_counts_on_what_stays_in_a_vial() -> None:
    shares = replace(DEFAULT_POLICY, share_vials=True, weigh_vials=True)
    assert wrong_in(shares) == ()
    (unweighed,) = wrong_in(replace(shares, weigh_vials=False))
    assert unweighed.startswith("A site that shares vials weighs them after the draws")
    with pytest.raises(ValueError, match="weighs them after the draws"):
        signed(replace(shares, weigh_vials=False), 2, ("Pam Specimen", "Quin Specimen"))
    (without,) = wrong_in(replace(shares, cstd=False))
    assert without.startswith("Without closed-system devices nothing that was opened is kept")
    for ml in (D(0), D("-0.2"), D("5.1")):
        assert wrong_in(replace(shares, dead_ml=ml)) == ("What cannot be drawn out of an opened vial is 0.05 to 5 mL.",)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label_g": D(0), "label_within_g": D("0.1")}, "A unit label weighs 0.05 to 1 g."),
        ({"label_g": D(2)}, "A unit label weighs 0.05 to 1 g."),
        ({"label_within_g": D("0.21")}, "A unit label may be off by at most 0.2 g"),
        ({"label_within_g": D("0.3")}, "A unit label may be off by at most 0.2 g"),
        ({"label_within_g": D(0)}, "A unit label may be off by at most 0.2 g"),
        ({"label_g": D("0.1")}, "A unit label may be off by at most 0.2 g"),
    ],
)
def test_r32_a_policy_says_what_a_unit_label_weighs_within_a_narrow_band(changes: dict[str, D], says: str) -> None:
    assert any(one.startswith(says) for one in wrong_in(replace(DEFAULT_POLICY, **changes)))  # type: ignore[arg-type]


def test_u2_a_technician_sees_no_policy_and_quality_assurance_writes_none(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy, ANN).get("/policy").status_code == 403
    una = at_desk(pharmacy, UNA)
    assert "Keep the draft" not in una.get("/policy").text
    assert draft(pharmacy, una).status_code == 403
