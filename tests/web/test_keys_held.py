"""The balance's keys are held from the first weight of a pair to the second (F27)."""

from __future__ import annotations

import time

import pytest

from app.clock import new_command_id
from app.stations.pan import Pan
from tests.web.at_station import JSON, Hood, patience, token_in


def weighed(hood: Hood, slot: str, g: str) -> dict[str, object]:
    """Ann empties the pan, lays so much on it and has it weighed."""
    client = hood.client()
    token = token_in(client.get(f"{hood.path}/more").text)
    for load in ("0", g):
        hood.station.put(load)
        with patience() as may_wait:
            settled = False
            while may_wait() and not settled:
                live = client.get(f"{hood.path}/live").get_json()
                settled = live["settled"] and abs(float(live["value"]) - float(load)) < 0.2
                time.sleep(0.05)
    form = {"csrf_token": token, "slot": slot, "command_id": new_command_id(), "expected_version": hood.p().version}
    answer: dict[str, object] = client.post(f"{hood.path}/weigh", data=form, headers=JSON).get_json()
    return answer


def test_f27_the_keys_are_held_between_the_two_weights_and_while_the_second_is_wrong(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    monkeypatch.setattr(Pan, "hold_keys", lambda _self, hold: held.append(hold))
    hood.advance("syringe-empty:1")
    assert weighed(hood, "syringe-empty:1", "18.42")["verdict"]["kind"] == "right"  # type: ignore[index]  # JSON
    assert held == [True]
    hood.advance("syringe-full:1")
    assert weighed(hood, "syringe-full:1", "60.00")["verdict"]["kind"] == "wrong"  # type: ignore[index]  # JSON
    assert held == [True, True]
    weighed(hood, "syringe-full:1", "42.97")
    assert held == [True, True, False]
