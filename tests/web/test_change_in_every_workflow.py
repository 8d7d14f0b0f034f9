"""An order replaced, cancelled or held at each step of every workflow: work stops, the record says why, nothing stale leaves.

A question about it (SC), and the end of a hold that there is none of (RL), stop nothing: the step after is answered as without.

Each preparation is made to its release; before a step, each message is tried on it through the door of HL7, with the step
after it, in a transaction that is then taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import Connection

from app import clock, preparations
from app.demo.recipes import IN_A_CASSETTE
from app.dispatch import Ask
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.judge import handle
from app.interfaces.stored_book import Book
from app.record import log
from tests.cast import cosigned
from tests.interfaces.senders import Sender, listening, msa
from tests.people.cast import PAM, Member
from tests.web import test_pump
from tests.web.bench import PROFILE, Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.test_by_volume import by_volume, weighed  # noqa: F401  # likewise
from tests.web.test_by_volume import checked as checked_by_volume
from tests.web.test_by_volume import claimed as claimed_by_volume
from tests.web.test_oral import ordered as tablets  # noqa: F401  # a fixture, under the name of its workflow
from tests.web.test_oral_liquid import INTO_THE_MOUTH
from tests.web.test_oral_liquid import ordered as mouth  # noqa: F401  # likewise
from tests.web.test_pump import ordered as cassette  # noqa: F401  # likewise
from tests.web.test_syringe import checked as checked_syringe
from tests.web.test_syringe import ordered as syringe  # noqa: F401  # likewise
from tests.workflows.example import CABINET, scan, weigh
from workflows import commands as asked
from workflows import events as happened
from workflows.circumstances import Actor
from workflows.evidence import Evidence
from workflows.library import LIBRARY
from workflows.status import status

STOPPED = {"XO": "changed", "RP": "changed", "CA": "cancelled", "DC": "cancelled", "HD": "held"}
NUMBERS = count(1)


class TakenBackError(Exception):
    """Ends a trial: nothing of it stays."""


@pytest.fixture
def bag(pharmacy: Pharmacy) -> Making:
    return Seeded(pharmacy.house).begin()


@pytest.fixture
def elastomeric(pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch) -> Making:
    flow = replace(test_pump.CASSETTE, item_id="demoflow-100", text="Demoflow 100 mL", part="elastomeric 2 mL/h")
    monkeypatch.setattr(test_pump, "CASSETTE", flow)
    recipe = replace(IN_A_CASSETTE, containers=("elastomeric",), signed_by=("Pam Pharmacist", "Quin Pharmacist"))
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=test_pump.SITE)
    raw = seeded.message(test_pump.EIGHTH, **{"CAS^Pump cassette^L": "ELA^Elastomeric pump^L"})
    return Making(seeded, seeded.receive(raw), seeded.started)


@pytest.fixture
def volume(pharmacy: Pharmacy, weighed: Making) -> Making:  # noqa: F811  # the fixture
    return by_volume(pharmacy, weighed)[2]


KINDS: dict[str, tuple[int, Callable[[Making], Making], tuple[str, str]]] = {
    "bag": (0, Making.until_check, ("970", "960")),
    "syringe": (6, checked_syringe, ("40", "30")),
    "cassette": (7, test_pump.checked, ("4320", "4300")),
    "elastomeric": (7, test_pump.filled, ("4320", "4300")),
    "tablets": (8, lambda made: made.until_check(), ("2000", "1500")),
    "mouth": (6, lambda made: made.until_check(), ("60", "50")),
    "volume": (6, checked_by_volume, ("40", "30")),
}
"""By the fixture of its order: the demo's message, what makes it, and its dose with another one."""


def message(made: Making, kind: str, control: str) -> bytes:
    """The order's own message again, under another control and number; a change is one of the dose."""
    number, _, (dose, other) = KINDS[kind]
    text = made.seeded.message(number).decode()
    if kind == "elastomeric":
        text = text.replace("CAS^Pump cassette^L", "ELA^Elastomeric pump^L")
    for old, new in INTO_THE_MOUTH.items() if kind == "mouth" else ():
        text = text.replace(old, new)
    text = text.replace("ORC|NW|", f"ORC|{control}|").replace("RDE_O11|", f"RDE_O11|T{next(NUMBERS)}")
    if STOPPED.get(control) == "changed":
        text = text.replace(f"|{dose}|", f"|{other}|").replace(f"|{dose}^mg", f"|{other}^mg").replace("|112|", "|84|")
    return text.encode()


def tried(
    made: Making, raws: tuple[bytes, ...], then: Ask
) -> tuple[str, list[happened.Event], dict[str, object], str, str]:
    """What messages do, and what the step after them hears: last effect, events, the site's record, answer and state."""
    found = []

    def work(conn: Connection) -> None:
        dispatcher = made.house.dispatcher
        before = len(preparations.history(conn, made.id))
        handled = None
        for raw in raws:
            book = Book(conn, dispatcher, made.at, clock.new_command_id())
            handled = handle(read(raw, [PROFILE]), book, made.at, "A1")
        events = [one.event for one in preparations.history(conn, made.id)[before:]]
        told = log.load(conn, dispatcher.settings.site_stream)[-1].data
        p = dispatcher.current(conn, made.id)
        assert p is not None
        signed = cosigned(then.second, p.digest, made.at) if then.second else None
        now = replace(then, command_id=clock.new_command_id(), expected_version=p.version, cosigned=signed)
        answer = dispatcher.within(conn, now, made.at)
        after = dispatcher.current(conn, made.id)
        assert after is not None
        effect = (
            ""
            if handled is None
            else handled.verdict.effect
            if not handled.verdict.errors
            else handled.verdict.errors[0].reason
        )
        found.append((effect, events, dict(told), answer.kind, status(preparations.workflow_of(after), after)))
        raise TakenBackError

    with pytest.raises(TakenBackError):
        made.house.store.write(work)
    return found[0]


def ask_of(made: Making, command: asked.Command, member: Member | Actor | None, second: Member | None) -> Ask:
    person = member or made.maker
    desk = isinstance(person, Member) and not {"technician", "lead_technician"} & set(person.roles)
    station = "" if desk else made.station
    other = made.who(second) if second else None
    signed = cosigned(other, made.p.digest, made.at) if other else None
    return Ask(clock.new_command_id(), made.id, command, made.who(person), station, other, cosigned=signed)


def watched(made: Making, kind: str, every: int) -> list[str]:
    """Have every message tried before each step that is taken from now on; returns the steps as they come."""
    seen: list[str] = []
    real = made.ask

    def ask(command: asked.Command, member: Member | Actor | None = None, second: Member | None = None) -> object:
        waiting = made.p
        step = type(command).__name__ if not isinstance(command, asked.Submit) else type(command.evidence).__name__
        seen.append(step)
        signs = isinstance(command, asked.Submit) and step in ("Signature", "LabelCode")
        if not isinstance(member, Actor) and (signs or len(seen) % every == 0):
            then = ask_of(made, command, member, second)
            for control, effect in STOPPED.items():
                did, events, told, answer, state = tried(made, (message(made, kind, control),), then)
                place = (kind, len(seen), step, control)
                changes = [one for one in events if isinstance(one, happened.OrderChanged)]
                assert (did, [one.change for one in changes]) == (effect, [effect]), place
                assert (told["effect"], changes[0].equal) == (effect, effect != "changed"), place
                assert answer == "refused", place
                assert state == ("paused" if waiting.claimed_by else "aborted") or effect == "held", (place, state)
            undisturbed(made, kind, then, (kind, len(seen), step))
        return real(command, member, second)

    made.ask = ask  # type: ignore[method-assign,assignment]  # the same, with a look before it
    return seen


def undisturbed(made: Making, kind: str, then: Ask, place: tuple[object, ...]) -> None:
    """A question, and the end of a hold that there is none of, stop nothing; the end of one clears what it set."""
    asked_for, free, held = (message(made, kind, control) for control in ("SC", "RL", "HD"))
    _, _, _, *alone = tried(made, (), then)
    for raw, effect in ((asked_for, "none"), (free, "replayed")):
        did, events, _, *answer = tried(made, (raw,), then)
        assert (did, events, answer) == (effect, [], alone), (*place, effect)
    did, events, told, answer, state = tried(made, (held, message(made, kind, "RL")), then)
    changes = [one.change for one in events if isinstance(one, happened.OrderChanged)]
    assert (did, changes, told["effect"]) == ("released", ["held", "released"], "released"), place
    if made.p.claimed_by:
        assert (answer, state) == ("refused", "paused"), place  # a pharmacist resumes
    elif place[2] == "Signature":  # over a page that was drawn before
        assert (answer, state) == ("refused", status(preparations.workflow_of(made.p), made.p)), place
    else:
        assert [answer, state] == alone, place


SAMPLE = [("syringe", 17), ("cassette", 19), ("tablets", 17)]
WHOLE = [pytest.param(kind, 1, marks=pytest.mark.soak) for kind in KINDS]


@pytest.mark.parametrize(("kind", "every"), [*SAMPLE, *WHOLE])
def test_every_message_stops_every_step_of_every_workflow(
    kind: str, every: int, request: pytest.FixtureRequest
) -> None:
    made: Making = request.getfixturevalue(kind)
    seen = watched(made, kind, every)
    KINDS[kind][1](made)
    made.do(made.sign("approved for release"), PAM)
    made.release()
    assert (made.p.outcome, len(seen) > 14) == ("released", True)
    before = made.p.version
    then = ask_of(made, asked.Claim(), None, None)
    for control in STOPPED:
        did, events, _, _, _ = tried(made, (message(made, kind, control),), then)
        assert (did, events) == ("STATE_REFUSES", []), control
    assert made.p.version == before


def test_every_workflow_of_the_library_is_tried() -> None:
    left = {one.name for one in LIBRARY.values()} - {
        "iv-bag-by-volume"
    }  # its steps are a bag's, and a syringe's by volume
    assert len(KINDS) == len(left)


BEGUN: dict[str, Callable[[Making], Making]] = {
    "bag": Making.until_staged,
    "volume": claimed_by_volume,
    "tablets": lambda made: made.until_garbed(),  # type: ignore[attr-defined]  # it counts
}
"""Where each is when its message comes; claimed, where nothing is named."""
NEXT: dict[str, Callable[[Making], Evidence]] = {
    "bag": lambda made: weigh("30.11", made.at),
    "tablets": lambda made: scan(made.bottle()),  # type: ignore[attr-defined]  # it counts
}
"""What would be right then; the scan of the cabinet, where nothing is named."""


def at_the_cabinet(made: Making) -> Evidence:
    return scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True))


BY_SOCKET = [("bag", "CA"), *(pytest.param(kind, one, marks=pytest.mark.soak) for kind in KINDS for one in STOPPED)]


@pytest.mark.parametrize(("kind", "control"), BY_SOCKET)
def test_i49_over_a_connection_the_tablet_stops_before_its_next_step_and_the_record_says_why(
    kind: str, control: str, request: pytest.FixtureRequest
) -> None:
    made: Making = request.getfixturevalue(kind)
    BEGUN.get(kind, Making.until_claimed)(made)
    house, before = made.house, made.p.version
    intake = Intake(house.dispatcher, house.blobs)
    with listening(intake, profiles=("oncehr",)) as port, Sender(port.port) as sender:
        sender.send(message(made, kind, control))
        assert msa(sender.answer())[0] == "AA"
    assert (made.p.paused, made.p.order_state) == ("order change", STOPPED[control])
    refused = made.ask(asked.Submit("", NEXT.get(kind, at_the_cabinet)(made)))
    assert (refused.kind, refused.code) == ("refused", "PAUSED"), refused.says
    resumed = made.ask(asked.Resume("go on"), PAM)
    assert resumed.kind == "refused"
    with house.store.reading() as conn:
        written = [one.event for one in preparations.history(conn, made.id)[before:]]
    assert [(one.change, one.equal) for one in written if isinstance(one, happened.OrderChanged)] == [
        (STOPPED[control], STOPPED[control] != "changed")
    ]
