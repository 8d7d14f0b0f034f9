"""A blinded study: neither page nor paper nor export of a dose tells what its recipe makes it of (R56)."""

from __future__ import annotations

from dataclasses import replace

from app.catalogue import recipes
from tests.web.conftest import Pharmacy
from tests.web.desk import approve, at_desk
from tests.web.test_record_page import pdf_text
from tests.web.trial_desk import (
    NORMAL,
    TRIAL,
    Seeded,
    checked,
    dressed,
    found,
    of_the_trial,
    received,
    unit_label,
    units,
)
from tests.workflows.example import POLICY, scan
from workflows.trials import shown_drug

STUDY = "S-2301 study drug or placebo"


def test_r56_nothing_of_a_blinded_dose_tells_its_arm(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house, recipe=NORMAL, policy=POLICY)
    blinded = replace(TRIAL, name="s2301-syringe", blinded=STUDY)
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, blinded, effective_from=seeded.started))
    desk = at_desk(pharmacy)
    received(desk, recipe=blinded.name)
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    checked(made)
    seen = {f"/review/{made.id}": desk.get(f"/review/{made.id}").text}
    assert approve(desk, made).status_code in (200, 302, 303)
    made.release()
    for path in (
        f"/record/{made.id}", f"/record/{made.id}/csv", f"/record/{made.id}/pdf", f"/record/{made.id}/billing.csv", "/board",
        "/trials", *(f"/trials/accountability.{kind}?protocol={TRIAL.protocol}" for kind in ("csv", "pdf")),
    ):  # fmt: skip
        answer = desk.get(path)
        assert answer.status_code == 200, path
        seen[path] = pdf_text(answer.data) if answer.mimetype == "application/pdf" else answer.text
    seen["label"] = pdf_text(unit_label(desk, units(pharmacy)["K-18"]).data)
    telling = [path for path, text in seen.items() if TRIAL.drug in text.casefold()]
    assert telling == []
    assert all("study drug or placebo" in " ".join(seen[path].split()) for path in (f"/record/{made.id}", "/trials"))


def test_r56_a_study_that_is_not_blinded_is_called_by_its_drug() -> None:
    assert shown_drug(replace(TRIAL, blinded=STUDY)) == STUDY
    assert shown_drug(TRIAL) == TRIAL.printed_drug
