"""Each fault planted in rights, tokens, sessions and sites is caught by the test that is named beside it."""

from __future__ import annotations

import pytest

from app.people import sessions
from app.web import build, visit
from app.web.rights import Right
from tests.people.cast import UNA
from tests.planting import Fault, always, each, is_caught
from tests.web import test_shell, test_shell_sessions


@each(
    Fault("every role may do everything", Right, "covers", always(True),
          test_shell.test_q45_each_role_opens_its_own_routes_and_no_others, {"member": UNA, "role": "pharmacist"}),
    Fault("a route needs no right at the start", build, "unlisted", always(()),
          test_shell.test_q45_a_route_without_a_right_stops_the_start_and_is_never_served),
    Fault("a route without a right is served", visit, "right_of", always(Right(frozenset(), everyone=True)),
          test_shell.test_q45_a_route_without_a_right_stops_the_start_and_is_never_served),
    Fault("nobody is stopped", visit, "_stop", always(None),
          test_shell.test_q45_each_role_opens_its_own_routes_and_no_others, {"member": UNA, "role": "pharmacist"}),
    Fault("signing out ends nothing", sessions, "end", always(True),
          test_shell_sessions.test_q37_an_old_cookie_is_dead_after_sign_out),
    Fault("an idle tablet stays open", sessions.Session, "due_to_lock", always(False),
          test_shell_sessions.test_q31_the_server_locks_an_idle_tablet_and_a_polling_page_does_not_keep_it_awake),
    Fault("a shift has no end", sessions.Session, "due_to_end", always(False),
          test_shell_sessions.test_q31_work_keeps_it_awake_but_no_longer_than_a_shift),
)  # fmt: skip
def test_a_fault_of_the_doors_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)
