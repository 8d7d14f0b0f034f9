"""What a shared vial is held against: its own record, the policy of the moment, and what stands open beside it (R32, R42)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from app import opened_there
from app.catalogue import recipes, withdrawals
from app.catalogue.hazards import Acting, Signer
from app.desk.choosing import queues
from app.labelling import unit_of, usual_stock
from app.preparations import rebuild, view_faults
from app.record import canonical
from app.record.tables import open_vial
from app.stations import open_vials, register
from labels import try_out
from tests.people.cast import ANN, PAM
from tests.web import test_shared_vial
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.web.test_shared_vial import begun, first, kept
from tests.workflows.answers import done
from tests.workflows.example import CABINET, DILUENT, RECIPE, device, scan, vial, weigh
from tests.workflows.shared_bench import first_dose, keep
from workflows import commands as asked
from workflows.evidence import Confirmation, LabelCode

seeded = test_shared_vial.seeded


def dressed(made: Making) -> Making:
    made.do(scan(replace(CABINET, certified_until=made.at.replace(year=2099), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    return made


@contextmanager
def fuller(seeded: Seeded) -> Iterator[None]:
    """The list of kept vials says 24 mL of one that has 5 mL left, until it is written anew from the log."""

    def spoil(conn: Connection) -> None:
        body = canonical.parse(conn.execute(select(open_vial.c.body)).scalar_one())
        body["opened"]["left_ml"] = "24.000"
        conn.execute(update(open_vial).values(body=canonical.dump(body).decode()))

    seeded.house.store.write(spoil)
    yield
    seeded.house.store.write(rebuild)


def faults(seeded: Seeded, *made: Making) -> list[tuple[str, str]]:
    with seeded.house.store.reading() as conn:
        return list(view_faults(conn, [one.id for one in made]))


def test_r32_an_opened_vial_is_held_against_the_record_that_kept_it(
    seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    mother = first(seeded)
    daughter = dressed(begun(seeded, "DEMO1002", mother.at))
    with fuller(seeded):
        (told,) = faults(seeded, mother)
        assert told == (f"preparation {mother.id}", "its opened vials that were kept are not those of the log")
        said = daughter.ask(asked.Submit("", scan(kept(seeded))))
        assert (said.code, "the record knows it otherwise" in said.says) == ("NO_STOCK", True)
        monkeypatch.setattr(open_vials, "why_no_stock", lambda *_: "")  # as if nobody had asked
        daughter.do(scan(kept(seeded)))
    (told,) = faults(seeded, mother, daughter)
    says = "the opened vial U/ABCD1234 that it took in is not as it was kept: the record knows it otherwise"
    assert told == (f"preparation {daughter.id}", says)


def test_r32_a_policy_that_shares_no_more_ends_it_for_doses_that_were_begun_before(seeded: Seeded) -> None:
    mother = first(seeded)
    daughter = dressed(begun(seeded, "DEMO1002", mother.at))
    site, before = seeded.house.settings.site, mother.at - timedelta(hours=1)

    def off(conn: Connection) -> None:
        changed = replace(seeded.policy, share_vials=False, version=seeded.policy.version + 1)
        recipes.add_policy(conn, site, changed, effective_from=before)

    seeded.house.store.write(off)
    said = daughter.ask(asked.Submit("", scan(kept(seeded))))
    assert (said.code, "the site shares no vials" in said.says) == ("NO_STOCK", True)
    keep = asked.Keep(scan(vial("A")), weigh("34.99", mother.at), "EFGH5678")
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.stock(conn, site, mother.at)
        kept_now = opened_there.look(conn, site, mother.id, mother.p, keep, mother.at)
    assert (one.gone, kept_now.no_stock) == ("the site shares no vials", "the site shares no vials")


def awaiting_check(seeded: Seeded) -> Making:
    made = seeded.begin("DEMO1001", **test_shared_vial.FIRST).until_claimed()
    test_shared_vial.staged(made, vial("A"), replace(DILUENT, unit="N1"))
    for part in made.p.plan.devices:
        made.do(scan(device(part, part)))
    for grams in ("30.11", "55.17"):
        made.do(weigh(grams, made.at))
    made.do(Confirmation("dissolved and clear"))
    for grams in ("18.42", "38.60", "34.99", "287.60", "307.78"):
        made.do(weigh(grams, made.at))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    return made


def test_r42_a_vial_without_its_label_yet_stands_in_the_cabinet_too(seeded: Seeded) -> None:
    """From its puncture until its leftovers are discarded, or the cabinet is cleaned: another drug and a spinal dose wait."""
    mother = awaiting_check(seeded)
    daughter = begun(seeded, "DEMO1002", mother.at)

    def seen(who: Making, code: str = "BSC-2") -> list[tuple[str, str, str]]:
        at_it: Any = asked.Submit("", scan(replace(CABINET, code=code)))
        with seeded.house.store.reading() as conn:
            there = opened_there.look(conn, seeded.house.settings.site, who.id, who.p, at_it, who.at)
        return [(one.drug, one.label, one.preparation) for one in there.standing]

    assert seen(daughter) == [("cyclophosphamide", "", mother.id)]
    assert (seen(mother), seen(daughter, "BSC-9")) == ([], [])
    seeded.house.store.write(
        lambda conn: register.record_decontamination(conn, "BSC-2", ("wiped",), at=mother.at, who="ann")
    )
    assert seen(daughter) == []


def test_l1_the_label_of_an_opened_vial_says_that_light_spoils_it(seeded: Seeded) -> None:
    for light, says in ((False, "stays in this cabinet"), (True, "in this cabinet, protect from light")):
        one = first_dose(
            recipe=replace(RECIPE, may_be_shared=True, opened_h=D(12), final_min_mg_ml=None, light_protect=light)
        )
        done(one.ask(keep(one)))
        assert one.p is not None
        label = unit_of(one.p, seeded.house.settings, "ABCD1234")
        assert label.storage == says
        settings = seeded.house.settings.model_copy(update={"demo": False})
        for more in ({"drug": "cytarabine and DAUNOrubicin liposome"}, {"unconfirmed": ("density", "in-use limit")}):
            at_most = replace(label, mark=None, **more)  # type: ignore[arg-type]  # fields of a label
            try_out(at_most, usual_stock(at_most, settings))  # it says that it does not fit by raising


def test_r58_the_page_says_which_vials_the_doses_that_wait_take_and_what_that_wastes(
    seeded: Seeded, pharmacy: Pharmacy
) -> None:
    """100 mg are left for a dose of 90 mg: 10 mg over. A sealed vial of 500 mg would leave 410 mg, and these 100 mg."""
    mother = first(seeded)
    daughter = begun(seeded, "DEMO1002", mother.at)
    site, dispatcher = seeded.house.settings.site, seeded.house.dispatcher
    with seeded.house.store.reading() as conn:
        (queue,) = queues(conn, dispatcher.current, site=site, at=daughter.at)
    assert [(one.dose, one.opened, one.sealed) for one in queue.choices] == [(daughter.id, "ABCD1234", 0)]
    assert (queue.waste_mg, queue.sealed_waste_mg) == (D(10), D(510))
    shown = at_desk(pharmacy, ANN).get("/open-vials").text
    assert "10 mg left over of all of it; 510 mg with sealed vials alone" in shown


def test_r32_r49_a_recipe_that_was_withdrawn_ends_it_for_doses_that_were_begun_before(seeded: Seeded) -> None:
    mother = first(seeded)
    daughter = dressed(begun(seeded, "DEMO1002", mother.at))
    site, settings = seeded.house.settings.site, seeded.house.settings
    made_by, at = seeded.recipe, mother.at
    pam = Signer(PAM.id, PAM.name, PAM.licence, at, "")

    def gone(conn: Connection) -> None:
        over = withdrawals.digest_of(made_by.name, made_by.version)
        act = Acting(conn, settings, PAM.id, at)
        withdrawals.withdraw(act, made_by.name, made_by.version, "its density is another's", pam, over)

    seeded.house.store.write(gone)
    with seeded.house.store.reading() as conn:
        says = opened_there.look(
            conn, site, daughter.id, daughter.p, asked.Submit("", scan(kept(seeded))), daughter.at
        ).no_stock
    assert says == f"the recipe {made_by.name} counts no more"
