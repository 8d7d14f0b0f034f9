"""Stopping work from the terminal's page “More”, also while it is stopped already (R45)."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.web.at_station import JSON, Hood, token_in


def stop(hood: Hood, ann: FlaskClient, why: str) -> int:
    token = token_in(ann.get(f"{hood.path}/more").text)
    given = {"csrf_token": token, "reason": why, **_envelope(hood, ann)}
    return ann.post(f"{hood.path}/pause", data=given, headers=JSON).status_code


def _envelope(hood: Hood, ann: FlaskClient) -> dict[str, str]:
    page = ann.get(f"{hood.path}/more").text
    return dict(re.findall(r'<input type="hidden" name="((?!csrf)[a-z_]+)" value="([^"]*)"', page))


def test_r45_a_leak_is_said_while_ann_waits_for_the_answer_to_a_question_and_a_pharmacist_ends_it(hood: Hood) -> None:
    hood.advance("cabinet")
    ann = hood.client()
    assert stop(hood, ann, "order question") == 302
    assert hood.p().paused == "order question"
    offered = ann.get(f"{hood.path}/more").text
    assert [why in offered for why in ('value="spill"', 'value="integrity or particulates"')] == [True, True]
    assert [why in offered for why in ('value="equipment"', 'value="other"', 'value="order question"')] == [False] * 3
    assert "A spill, a leak or particles now? Say so under MORE." in ann.get(hood.path).text
    assert stop(hood, ann, "spill") == 302
    assert hood.p().paused == "spill"
    assert "Stop work: why?" not in ann.get(f"{hood.path}/more").text
    shown = ann.get(hood.path).text
    assert "A pharmacist decides whether it goes on. Touch nothing." in shown
    assert "Say so under MORE" not in shown
