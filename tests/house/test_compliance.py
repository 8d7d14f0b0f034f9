"""Rules and rooms are tied to tests by name, and a gap is found (Q80, Q81)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compliance import CLINICAL, page, rules, rules_are_tested
from tests.house import papers
from tests.house.test_house import plant
from tests.house.tree import ROOT, Tree

RULE = """[[rule]]
id = "R1"
group = "Weighing"
says = "a weight is a weight"
hazard = "a wrong dose"
where = ["app/a.py:weigh"]
"""
CODE = {"app/a.py": "def weigh(): ...\n", "tests/test_a.py": "def test_r1_a_weight_is_a_weight(): ...\n"}


def test_q80_a_rule_leads_to_what_it_guards_against_its_code_and_its_test(tmp_path: Path) -> None:
    tree = plant(tmp_path, {CLINICAL.rules: RULE, **CODE})
    assert rules_are_tested(tree) == []
    row = page(tree, CLINICAL).splitlines()[-1]
    places = "in `app/a.py:weigh`<br>`test_a.py::test_r1_a_weight_is_a_weight`"
    assert row == f"| R1 | a weight is a weight | a wrong dose | {places} |"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tests/test_a.py": "def test_a(): ...\n"}, "R1 has no test and no reason"),
        ({"app/a.py": "def measure(): ...\n"}, "R1 is said to be in app/a.py:weigh, which is not there"),
        ({"tests/test_b.py": "def test_r2_another(): ...\n"}, "there is no rule R2"),
        ({CLINICAL.rules: RULE + 'by = ["R3"]\n'}, "R1 is said to be held by R3, which no test names"),
    ],
)
def test_q80_a_gap_is_found(tmp_path: Path, changed: dict[str, str], says: str) -> None:
    faults = rules_are_tested(plant(tmp_path, {CLINICAL.rules: RULE, **CODE, **changed}))
    assert [says in fault for fault in faults] == [True]


def test_q80_a_rule_that_others_hold_needs_no_test_of_its_own(tmp_path: Path) -> None:
    other = RULE.replace("R1", "G4").replace('where = ["app/a.py:weigh"]', 'by = ["R1"]')
    tree = plant(tmp_path, {CLINICAL.rules: RULE + other, **CODE})
    assert rules_are_tested(tree) == []
    assert page(tree, CLINICAL).splitlines()[-1] == "| G4 | a weight is a weight | a wrong dose | held by R1 |"


def test_q80_every_rule_of_the_clinical_reference_has_its_line() -> None:
    known = {rule.id for rule in rules(Tree(ROOT), CLINICAL)}
    assert {f"{family}{number}" for family in "RG" for number in range(1, 62)} <= known
    assert all(rule.hazard and (rule.where or rule.open) for rule in rules(Tree(ROOT), CLINICAL))


def test_q81_a_room_without_one_kind_of_criterion_is_found(tmp_path: Path) -> None:
    rows = [f"| labels | {kind} | so | `test_a.py::test_r1_a_weight_is_a_weight` |\n" for kind in papers.KINDS]
    assert papers.rooms_name_their_tests(plant(tmp_path, {papers.ACCEPTANCE: "".join(rows), **CODE})) == []
    for row, kind in zip(rows, papers.KINDS, strict=True):
        others = "".join(one for one in rows if one != row)
        faults = papers.rooms_name_their_tests(plant(tmp_path, {papers.ACCEPTANCE: others, **CODE}))
        assert faults == [f"{papers.ACCEPTANCE}: labels has no criterion of the kind {kind!r}"]


def test_q81_every_room_of_the_house_has_its_criteria() -> None:
    rooms = {row[1] for line in (ROOT / papers.ACCEPTANCE).read_text().splitlines() if (row := papers.ROOM.match(line))}
    packages = {"workflows", "devices", "labels"} | {path.name for path in (ROOT / "app").iterdir() if path.is_dir()}
    under_another = {"bench", "catalogue", "cli", "demo", "desk", "health", "__pycache__"}
    assert packages - under_another <= rooms
