"""One command, one transaction: what is answered, what is kept, what is never done twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from app import preparations
from app.cli import main
from app.dispatch import Ask, Dispatcher
from app.record import log, refusals, views
from app.record.place import place_of
from app.record.verify import verify
from tests.cast import ANN, BO, PAM, PRINTER
from tests.dispatch.counter import Counter, sound
from tests.postgres.fixtures import BOTH
from tests.record.conftest import administrator
from tests.workflows import example
from workflows import commands as asked
from workflows import measured
from workflows.evidence import Confirmation, Printed
from workflows.preparation import replay


@BOTH
def test_the_worked_example_is_made_and_its_record_adds_up_to_the_same(counter: Counter) -> None:
    counter.make()
    store = counter.dispatcher.store
    with store.reading() as conn:
        history = preparations.history(conn, counter.id)
        row = views.get_preparation(conn, counter.id)
    again = replay(history)
    assert again == counter.p
    assert round(measured.dose(again).dose.mg, 1) == Decimal("968.5")
    assert row is not None
    assert (row.status, row.step, row.version) == ("closed", "", len(history))
    assert sound(counter)


@BOTH
def test_q1_a_fault_between_the_event_and_its_row_leaves_neither(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.make(until=3)
    before = counter.p.version

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(views, "put_preparation", breaks)
    with pytest.raises(RuntimeError, match="planted"):
        counter.ask(*counter.submit(example.scan(example.CABINET)))
    monkeypatch.undo()
    with counter.dispatcher.store.reading() as conn:
        assert log.version_of(conn, counter.id) == before
    assert counter.ask(*counter.submit(example.scan(example.CABINET))).kind == "accepted"


@BOTH
def test_q70_the_same_command_hears_its_first_answer_and_is_done_once(counter: Counter) -> None:
    counter.make(until=3)
    command, who = counter.submit(example.scan(example.CABINET))
    ask = Ask("once", counter.id, command, who, "HOOD-1", expected_version=counter.p.version)
    first = counter.dispatcher.do(ask)
    counter.ask(*counter.submit(Confirmation(example.POLICY.ppe[0])))
    again = counter.dispatcher.do(ask)
    assert (first.kind, first.replayed) == ("accepted", False)
    assert (again.kind, again.version, again.replayed) == ("accepted", first.version, True)


@BOTH
def test_q70_the_same_command_id_with_other_content_or_from_another_person_is_refused(counter: Counter) -> None:
    counter.make(until=3)
    command, who = counter.submit(example.scan(example.CABINET))
    seen = counter.p.version
    counter.dispatcher.do(Ask("once", counter.id, command, who, "HOOD-1", expected_version=seen))
    other, _ = counter.submit(Confirmation("gown"))
    assert (
        counter.dispatcher.do(Ask("once", counter.id, other, who, "HOOD-1", expected_version=seen)).code
        == "COMMAND_ID_USED"
    )
    assert (
        counter.dispatcher.do(Ask("once", counter.id, command, BO, "HOOD-1", expected_version=seen)).code
        == "COMMAND_ID_USED"
    )


@BOTH
def test_a_stale_screen_is_told_to_look_again_and_nothing_is_lost(counter: Counter) -> None:
    counter.make(until=3)
    stale = counter.p.version
    counter.ask(*counter.submit(example.scan(example.CABINET)))
    command, who = counter.submit(Confirmation(example.POLICY.ppe[0]))
    outcome = counter.dispatcher.do(Ask("late", counter.id, command, who, "HOOD-1", expected_version=stale))
    assert (outcome.kind, outcome.status, outcome.version) == ("conflict", 409, counter.p.version)
    with counter.dispatcher.store.reading() as conn:
        kept = refusals.of_stream(conn, counter.id)[-1]
    assert (kept.code, kept.who, kept.details["command"]["evidence"]["item"]) == ("STALE", "ann", example.POLICY.ppe[0])


@BOTH
def test_a_label_that_came_out_meanwhile_makes_no_step_stale_but_any_other_event_does(counter: Counter) -> None:
    counter.make(until=3)
    seen = counter.p.version
    counter.ask(asked.RecordLabel(Printed("in_process", "INPR0002", 1, "bb" * 32, "spool"), "lost"), PRINTER)
    assert counter.p.version == seen + 1
    back = counter.dispatcher.do(Ask("back", counter.id, asked.Back(), ANN, "HOOD-1", expected_version=seen))
    assert back.code == "STALE"
    command, who = counter.submit(example.scan(example.CABINET))
    assert (
        counter.dispatcher.do(Ask("on", counter.id, command, who, "HOOD-1", expected_version=seen)).kind == "accepted"
    )
    command, who = counter.submit(Confirmation(example.POLICY.ppe[0]))
    late = counter.dispatcher.do(Ask("late", counter.id, command, who, "HOOD-1", expected_version=seen))
    assert late.code == "STALE"


@BOTH
def test_what_is_refused_is_kept_and_may_be_tried_again_when_it_is_mended(counter: Counter) -> None:
    counter.make(until=3)
    command, _ = counter.submit(example.scan(example.CABINET))
    seen = counter.p.version
    refused = counter.dispatcher.do(Ask("same", counter.id, command, BO, "HOOD-1", expected_version=seen))
    assert (refused.kind, refused.code) == ("refused", "NOT_YOURS")
    mended = counter.dispatcher.do(Ask("same", counter.id, command, ANN, "HOOD-1", expected_version=seen))
    assert mended.kind == "accepted"


@BOTH
def test_q70_the_same_press_is_refused_in_the_same_words_and_counted_once(counter: Counter) -> None:
    counter.make(until=3)
    command, who = counter.submit(example.scan(example.CABINET))
    stale = Ask("late", counter.id, command, who, "HOOD-1", expected_version=1)
    not_his = Ask("his", counter.id, command, BO, "HOOD-1", expected_version=counter.p.version)
    for ask, status in ((stale, 409), (not_his, 422)):
        first = counter.dispatcher.do(ask)
        assert (first.status, first.replayed) == (status, False)
        with counter.dispatcher.store.reading() as conn:
            counted = len(refusals.of_stream(conn, counter.id))
        counter.ask(
            asked.RecordLabel(Printed("in_process", f"INPR{status:04}", 1, "bb" * 32, "spool"), "lost"), PRINTER
        )
        again = counter.dispatcher.do(ask)
        assert (again.kind, again.status, again.code, again.says, again.version, again.replayed) == (
            first.kind, first.status, first.code, first.says, first.version, True,
        )  # fmt: skip
        with counter.dispatcher.store.reading() as conn:
            assert len(refusals.of_stream(conn, counter.id)) == counted


@BOTH
def test_q70_a_press_on_the_screen_that_was_drawn_anew_is_judged_anew(counter: Counter) -> None:
    counter.make(until=3)
    command, who = counter.submit(example.scan(example.CABINET))
    seen = counter.p.version
    assert counter.dispatcher.do(Ask("one", counter.id, command, who, "HOOD-1", expected_version=1)).status == 409
    assert counter.dispatcher.do(Ask("one", counter.id, command, who, "HOOD-1", expected_version=seen)).status == 200


@BOTH
def test_a_person_never_acts_without_saying_what_they_saw(counter: Counter) -> None:
    counter.make(until=3)
    command, who = counter.submit(example.scan(example.CABINET))
    assert counter.dispatcher.do(Ask("blind", counter.id, command, who, "HOOD-1")).code == "STALE"


@BOTH
def test_q66_a_clock_set_back_opens_no_gate(counter: Counter) -> None:
    """The gloves are judged by the later of the clock and the record's last event."""
    counter.make(until=10)
    assert counter.p.gloves_at is not None
    counter.clock.on(minutes=31)
    counter.ask(asked.Call("a question"))
    counter.clock.at -= timedelta(minutes=30)
    outcome = counter.ask(*counter.submit(example.scan(example.vial("A"))))
    assert (outcome.kind, outcome.code) == ("refused", "CLOCK")


@BOTH
def test_a_preparation_nobody_opened_is_unknown(counter: Counter) -> None:
    outcome = counter.dispatcher.do(Ask("x", "NOBODY00", asked.Claim(), ANN, "HOOD-1"))
    assert (outcome.kind, outcome.status) == ("unknown", 404)


@BOTH
def test_q69_a_second_preparation_cannot_be_claimed_at_an_occupied_station(counter: Counter) -> None:
    counter.make(until=3)
    other = Counter(counter.dispatcher, "P0000002", clock=counter.clock)
    other.open()
    other.ask(asked.Submit("", other.sign("order verified")), PAM)
    outcome = other.ask(asked.Claim(), BO)
    assert (outcome.kind, outcome.code) == ("refused", "CABINET_OCCUPIED")


@BOTH
def test_views_rebuilt_from_the_log_are_the_views(counter: Counter) -> None:
    counter.make(until=30)
    other = Counter(counter.dispatcher, "P0000002", clock=counter.clock)
    other.open()
    store = counter.dispatcher.store
    with store.reading() as conn:
        before = views.preparations(conn)
        labels = views.label_of(conn, "INPR0001")
    assert store.write(preparations.rebuild) == 2
    with store.reading() as conn:
        assert (views.preparations(conn), views.label_of(conn, "INPR0001")) == (before, labels)
    assert len(before) == 2


def east(counter: Counter) -> Counter:
    """A preparation of another site in the same record."""
    store, settings = counter.dispatcher.store, counter.dispatcher.settings
    other = Dispatcher(store, settings.model_copy(update={"site": "EAST"}), counter.clock)
    made = Counter(other, "P0000009", clock=counter.clock)
    made.open()
    return made


@BOTH
def test_a_rebuild_writes_the_lists_of_every_site(counter: Counter) -> None:
    counter.make(until=5)
    east(counter)
    store = counter.dispatcher.store
    with store.reading() as conn:
        before = views.preparations(conn)
    assert {row.site for row in before} == {"MAIN", "EAST"}
    assert store.write(preparations.rebuild) == 2
    with store.reading() as conn:
        assert views.preparations(conn) == before


@BOTH
def test_a_rebuild_of_a_damaged_record_raises_and_changes_nothing(counter: Counter) -> None:
    counter.make(until=5)
    store = counter.dispatcher.store
    with administrator(place_of(counter.dispatcher.settings)) as raw:
        raw.execute("UPDATE event SET body = replace(body, '970', '971') WHERE version = 1")
    with store.reading() as conn:
        before = views.preparations(conn)
    with pytest.raises(log.RecordDamaged, match="event 1 of P0000001"):
        store.write(preparations.rebuild)
    with store.reading() as conn:
        assert views.preparations(conn) == before


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE preparation SET status = 'released'", "the list says status 'released', the log says "),
        ("UPDATE preparation SET dose = '9700 mg'", "the list says dose '9700 mg', the log says '970 mg'"),
        ("UPDATE preparation SET patient = NULL, drug = 'x'", "the list says drug 'x', the log says "),
        ("UPDATE preparation SET flags = '[]'", "the list says flags (), the log says "),
        ("UPDATE preparation SET due = 'soon'", "its line in the list cannot be read"),
        ("DELETE FROM preparation", "it is missing from the list"),
        ("DELETE FROM printed_label", "its printed labels are not those of the log"),
        ("UPDATE used_once SET preparation = 'P0000002'", "its units and pictures are not those of the log"),
    ],
)
def test_a_list_changed_in_the_database_does_not_verify(counter: Counter, sql: str, says: str) -> None:
    counter.make(until=20)
    assert sound(counter)
    settings = counter.dispatcher.settings
    with administrator(place_of(settings)) as raw:
        raw.execute(sql)
    fault = verify(place_of(settings), settings.photos, lists=preparations.view_faults).faults[0]
    assert (fault.kind, fault.where) == ("view", "preparation P0000001")
    assert fault.says.startswith(says)
    counter.dispatcher.store.write(preparations.rebuild)
    assert sound(counter)


def test_the_command_that_verifies_reads_the_lists_too(counter: Counter) -> None:
    counter.make(until=5)
    path = counter.dispatcher.store.path
    with administrator(path) as raw:
        raw.execute("UPDATE preparation SET status = 'released'")
    ended = CliRunner().invoke(main, ["record", "verify", "--data-dir", str(path.parent)])
    assert ended.exit_code == 1
    assert "FIRST ALTERED ROW: preparation P0000001: the list says status 'released'" in ended.stdout
