"""Transcripts that are hard on a reader, some forty a protocol: what must not be a weight, and what still must be one."""

from pathlib import Path

import pytest

from devices.balance.replay import replay

FILES = sorted((Path(__file__).parent / "transcripts" / "hostile").glob("*.txt"))
CASES = 495


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_hostile_case_is_read_as_its_rule_says(file):
    cases = list(replay(file.stem.replace(".", ":"), file.read_text()))
    wrong = [(case.case, case.got, case.expect) for case in cases if not case.match]
    assert wrong == []


def test_each_protocol_has_its_file_and_all_cases_are_there():
    assert {file.stem.partition(".")[0] for file in FILES} == {
        "adam", "and-standard", "kern-kcp", "mt-sics", "ohaus", "radwag", "sartorius-sbi", "toledo-8217",
    }  # fmt: skip
    assert sum(file.read_text().count("CASE ") for file in FILES) == CASES
