"""Each fault planted in receipts, versions, lists and clocks is caught by the test that is named beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import dispatch, preparations
from app.dispatch import Dispatcher
from app.record import clockmark, receipts, refusals, views
from tests.dispatch import test_clock, test_one_command, test_races
from tests.planting import Fault, always, each, is_caught


@each(
    Fault("no answer is kept", receipts, "keep", always(None),
          test_one_command.test_q70_the_same_command_hears_its_first_answer_and_is_done_once),
    Fault("an answer is anybody's", receipts, "_same", lambda first, *_: first,
          test_one_command.test_q70_the_same_command_id_with_other_content_or_from_another_person_is_refused),
    Fault("what was refused is judged again", Dispatcher, "_keep_refused", always(None),
          test_one_command.test_q70_the_same_press_is_refused_in_the_same_words_and_counted_once),
    Fault("a refusal takes the command's id", dispatch, "_refused_id", lambda ask, _digest: ask.command_id,
          test_one_command.test_what_is_refused_is_kept_and_may_be_tried_again_when_it_is_mended),
    Fault("a refusal is not kept", refusals, "keep", always(0),
          test_one_command.test_a_stale_screen_is_told_to_look_again_and_nothing_is_lost),
    Fault("no screen is stale", dispatch, "_stale", always(False),
          test_one_command.test_a_stale_screen_is_told_to_look_again_and_nothing_is_lost),
    Fault("twenty may act on one version", dispatch, "_stale", always(False),
          test_races.test_q68_two_pharmacists_approve_at_once_and_one_wins),
    Fault("a person may act without saying what they saw", dispatch, "_stale",
          lambda _conn, ask, p: ask.expected_version not in {None, p.version},
          test_one_command.test_a_person_never_acts_without_saying_what_they_saw),
    Fault("a cabinet takes a second preparation", preparations, "occupant", always(""),
          test_one_command.test_q69_a_second_preparation_cannot_be_claimed_at_an_occupied_station),
    Fault("the lists are not written", views, "put_preparation", always(None),
          test_one_command.test_the_worked_example_is_made_and_its_record_adds_up_to_the_same),
    Fault("a clock set back is believed", clockmark, "watch", lambda _conn, _settings, at: at,
          test_clock.test_q66_a_clock_more_than_two_seconds_back_is_noted_once,
          {"by": timedelta(hours=1), "noted": ["3600.000000"]}),
)  # fmt: skip
def test_a_fault_of_the_dispatcher_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)
