"""Ann dissolves a vial more than was planned: no diluent goes in from a container that nobody scanned (R16, property 2)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import PAM
from tests.workflows.answers import done, rejected, tries
from tests.workflows.example import DILUENT, Bench, device, photo, scan, vial, weigh
from workflows import commands as asked
from workflows.evidence import Confirmation


@pytest.fixture
def dissolved() -> Bench:
    """Vials A and B took 25 mL each: the scanned 50 mL are used up."""
    bench = Bench()
    bench.until_reconstituted()
    return bench


def test_r16_a_third_vial_needs_a_diluent_of_its_own(dissolved: Bench) -> None:
    redone = done(dissolved.ask(asked.Redo("vial", 2, "particles")))
    assert "diluent" in redone.slots
    assert "NS-1" in {one.unit for one in dissolved.p.set_aside}
    dissolved.do(scan(vial("C")))
    dissolved.do(scan(device("vial adaptor")))
    assert rejected(tries(dissolved, scan(DILUENT))) == ("SAME_UNIT",)
    small = replace(DILUENT, unit="NS-2", volume_ml=D(24))
    assert rejected(tries(dissolved, scan(small))) == ("TOO_SMALL",)
    dissolved.do(scan(replace(small, volume_ml=D(25))))  # for one vial, 25 mL are enough
    dissolved.do(photo("staged again"))
    dissolved.do(weigh("30.00", dissolved.at))
    done(tries(dissolved, weigh("55.12", dissolved.at)))


def test_r16_the_second_diluent_is_counted_as_the_first_was(dissolved: Bench) -> None:
    done(dissolved.ask(asked.Redo("vial", 2, "particles")))
    for found in (vial("C"), device("vial adaptor"), replace(DILUENT, unit="NS-2", volume_ml=D(25))):
        dissolved.do(scan(found))
    dissolved.do(photo("staged again"))
    dissolved.do(weigh("30.00", dissolved.at))
    assert "diluent" in done(dissolved.ask(asked.Redo("vial", 2, "broken"))).slots


def test_a_vial_set_aside_dry_leaves_the_diluent_what_it_was() -> None:
    bench = Bench()
    bench.until_staged()
    assert "diluent" not in done(bench.ask(asked.Redo("vial", 2, "dropped"))).slots


def test_a_diluent_large_enough_for_every_vial_stays() -> None:
    bench = Bench()
    bench.diluent = replace(DILUENT, volume_ml=D(100))
    bench.until_reconstituted()
    assert "diluent" not in done(bench.ask(asked.Redo("vial", 2, "particles"))).slots
    assert "diluent" in bench.p.entries


def test_r27_sent_back_to_the_reconstitution_new_vials_take_new_diluent(dissolved: Bench) -> None:
    command = asked.Rework("recon-before", "wrong diluent", "make it again", dissolved.sign("rejected"))
    assert "diluent" in done(dissolved.ask(command, PAM)).slots


def test_an_empty_weight_taken_back_uses_up_no_diluent() -> None:
    bench = Bench()
    bench.until_staged()
    for _ in range(3):
        bench.do(weigh("30.11", bench.at))
        done(bench.ask(asked.Back()))
    for before, after in (("30.11", "55.17"), ("30.05", "55.25")):
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))
        bench.do(Confirmation("dissolved and clear"))
    assert bench.p.diluted == 2
