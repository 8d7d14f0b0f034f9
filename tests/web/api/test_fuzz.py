"""Schemathesis asks every operation of the document for what it promises and for what it forbids: no 500, no other answer.

The sample asks each operation a few times, seeded; the soak asks every one dozens of times, by other seeds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from app.api.operations import OPERATIONS
from app.clock import now
from tests import pharmacy as small
from tests.people.cast import PAM
from tests.pharmacy import STATION
from tests.web.api.program import Program, token_of
from tests.web.bench import Making
from tests.web.conftest import Pharmacy

ENDS_THE_SESSION = "sign_out"
PROMISES = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
"""What holds for every request there can be. Whether one that breaks the document is turned away is not judged here: what was
made up may be lost on its way into an address, or mended by the token that is added to each request."""


@dataclass
class Fuzz:
    """A program that sends what Schemathesis makes up, about things that there are and about others."""

    pharmacy: Pharmacy
    program: Program
    there: dict[str, str]
    """What stands in an address so that it names something."""
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def ask(self, names: set[str], times: int, seeds: range) -> None:
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", self.pharmacy.app)
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.definition.raw["operationId"] not in names:
                continue
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                for number in seeds:
                    self._ask(operation, mode, times, number)

    def _ask(self, operation: Any, mode: GenerationMode, times: int, number: int) -> None:
        name = operation.definition.raw["operationId"]

        @seed(number)
        @settings(
            max_examples=times,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                case.path_parameters = {
                    one: self.there.get(one, value) for one, value in (case.path_parameters or {}).items()
                }
            answer = case.call(headers=self.program.headers)
            self.answers[name, answer.status_code] += 1
            case.validate_response(answer, checks=list(PROMISES))

        run()


@pytest.fixture
def fuzz(pharmacy: Pharmacy, clean: Making) -> Fuzz:
    house = pharmacy.house
    house.store.write(lambda conn: small.read_the_sheet(conn, house.settings, now()))
    program = Program(pharmacy.client(), token_of(house, PAM))
    assert program.sign_in(PAM, STATION).status_code == 201
    order = program.get("/orders").get_json()["items"][0]["id"]
    photo = program.get(f"/preparations/{clean.id}").get_json()["pictures"][0]["sha256"]
    return Fuzz(pharmacy, program, {"preparation": clean.id, "station": STATION, "order": order, "sha256": photo})


ALWAYS = {
    "act_at_station",
    "review_preparation",
    "verify_order",
    "send_order",
    "sign_in",
    "list_orders",
    "show_preparation",
}
"""What every run asks, beside each fourth of the rest."""


def test_what_is_asked_for_and_what_is_forbidden_is_answered_as_the_document_says(fuzz: Fuzz) -> None:
    asked = ALWAYS | set(sorted(one.name for one in OPERATIONS if one.body is not None)[::4])
    fuzz.ask(asked, times=2, seeds=range(1))
    assert {name for name, _ in fuzz.answers} == asked
    assert {status for _, status in fuzz.answers} >= {200, 401, 404, 409}, "what is made up reaches the rules"


@pytest.mark.soak
def test_every_operation_answers_as_the_document_says_thousands_of_times(fuzz: Fuzz) -> None:
    asked = {one.name for one in OPERATIONS} - {ENDS_THE_SESSION}
    fuzz.ask(asked, times=30, seeds=range(1, 3))
    assert {name for name, _ in fuzz.answers} == asked
    assert max(status for _, status in fuzz.answers) < 500
