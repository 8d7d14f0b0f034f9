"""Recorded sessions: a journal, as the driver wrote it, is a test by lying here beside what was made of it.

`PROTOCOL.NAME.journal` is the journal, unchanged; `PROTOCOL.NAME.jsonl` is what `vialtrace balance replay` said of it with
`--json` on the day somebody compared it with the balance's display. Those named *pretend* were recorded from a pretend one.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.journal"))


@pytest.mark.parametrize("journal", SESSIONS, ids=lambda journal: journal.stem)
def test_a_recorded_session_is_read_as_on_the_day_it_was_compared(journal):
    result = CliRunner().invoke(main, ["balance", "replay", journal.name.partition(".")[0], str(journal), "--json"])
    assert result.exit_code == 0, result.output
    assert result.output == journal.with_suffix(".jsonl").read_text()


@pytest.mark.parametrize("protocol", ["mt-sics", "and-standard", "radwag"])
def test_the_pretend_sessions_hold_the_weights_that_lay_on_the_pan_and_nothing_that_is_not_understood(protocol):
    lines = (Path(__file__).parent / "sessions" / f"{protocol}.pretend.jsonl").read_text().splitlines()
    said = [words for line in lines for words in json.loads(line)["got"]]
    at_rest = [words["value"] for words in said if words["kind"] == "weight" and words["stable"]]
    assert {"18.42", "42.97"} <= set(at_rest)
    assert not {words["kind"] for words in said} & {"protocol_error", "timeout", "config_error"}


def test_one_byte_that_differs_from_the_recording_is_noticed(tmp_path):
    session = SESSIONS[0]
    other = tmp_path / session.name
    other.write_text(session.read_text().replace("18.42", "18.43", 1))
    result = CliRunner().invoke(main, ["balance", "replay", session.name.partition(".")[0], str(other), "--json"])
    assert result.output != session.with_suffix(".jsonl").read_text()
