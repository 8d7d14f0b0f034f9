"""Order control against how far the preparation is, replays, patients, and what may never happen by message."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import get_args

import pytest

from app.interfaces.book import MemoryBook, Stage, Verdict
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from app.interfaces.stored_book import same_product
from tests.interfaces.cases import AT, PROFILE, S01, edited, reading, sample, send
from tests.workflows.test_counting import ORDER as COUNTED
from workflows.order import OrderKey

KEY = OrderKey("ONCEHR|MAINHOSP", "ORD7700123", "ONCEHR")
LATER = "20260311084500-0500"


def act(control: str, control_id: str = "M000900", at: str = LATER, dose: str = "") -> bytes:
    """The reference order again, under another control; `dose` in mg changes both places."""
    message = edited(("M000001", control_id), ("ORC|NW|", f"ORC|{control}|"), ("20260311081200-0500", at))
    if not dose:
        return message
    text = message.decode().replace("|970||mg^", f"|{dose}||mg^").replace("RXNORM|970|mg", f"RXNORM|{dose}|mg")
    return text.encode()


def book_with(stage: Stage = "unclaimed", *controls: str) -> MemoryBook:
    book = MemoryBook()
    send(S01, book)
    for number, control in enumerate(controls):
        send(act(control, f"M0008{number:02}", "20260311081300-0500"), book)
    book.advance(KEY, stage)
    return book


def verdict(payload: bytes, book: MemoryBook) -> Verdict:
    return send(payload, book).verdict


def judged(payload: bytes, book: MemoryBook) -> str:
    """The effect, or the first reason."""
    said = verdict(payload, book)
    return said.effect if said.outcome == "accepted" else said.errors[0].reason


TABLE = [
    ("NW", "ORDER_EXISTS", "ORDER_EXISTS", "ORDER_EXISTS", "ORDER_EXISTS", "ORDER_EXISTS"),
    ("XO", "changed", "changed", "changed", "STATE_REFUSES", "changed"),
    ("RP", "changed", "changed", "changed", "STATE_REFUSES", "changed"),
    ("CA", "cancelled", "cancelled", "cancelled", "STATE_REFUSES", "cancelled"),
    ("DC", "cancelled", "cancelled", "cancelled", "STATE_REFUSES", "cancelled"),
    ("HD", "held", "held", "held", "STATE_REFUSES", "held"),
    ("RL", "replayed", "replayed", "replayed", "none", "replayed"),
    ("SC", "none", "none", "none", "none", "none"),
    ("RF", "ORDER_CONTROL", "ORDER_CONTROL", "ORDER_CONTROL", "ORDER_CONTROL", "ORDER_CONTROL"),
]
ROWS = [(row[0], stage, row[1 + n]) for row in TABLE for n, stage in enumerate(get_args(Stage))]


@pytest.mark.parametrize(("control", "stage", "wanted"), ROWS)
def test_order_control_against_the_stage(control: str, stage: Stage, wanted: str) -> None:
    book = book_with(stage)
    before = book.find(KEY)
    said = verdict(act(control, dose="960"), book)
    assert (said.effect if said.outcome == "accepted" else said.errors[0].reason) == wanted
    assert bool(said.alerts) == (wanted == "STATE_REFUSES")
    stops = wanted in ("changed", "cancelled", "held") and stage in ("in-work", "checking")
    assert any(change.pause for change in said.changes) == stops
    if wanted in ("ORDER_EXISTS", "STATE_REFUSES", "ORDER_CONTROL", "none", "replayed"):
        assert book.find(KEY) == before


@pytest.mark.parametrize("control", ["XO", "RP", "CA", "DC", "HD", "RL", "SC"])
def test_an_unknown_order_cannot_be_changed(control: str) -> None:
    said = verdict(act(control), MemoryBook())
    assert [(fault.err, fault.reason, fault.at) for fault in said.errors] == [("204", "ORDER_UNKNOWN", "ORC-2")]


@pytest.mark.parametrize("control", ["XO", "RP", "CA", "DC", "HD", "RL"])
def test_a_change_older_than_the_last_is_refused(control: str) -> None:
    book = book_with("unclaimed", "HD")
    assert judged(act(control, at="20260311081259-0500", dose="960"), book) == "STALE_CHANGE"


def test_versions_count_accepted_changes() -> None:
    book = book_with()
    for number, (control, dose) in enumerate([("XO", "960"), ("HD", ""), ("RL", ""), ("CA", "")]):
        send(act(control, f"M00090{number}", f"2026031109{number}000-0500", dose), book)
    kept = book.find(KEY)
    assert kept is not None
    assert (kept.order.version, kept.order.control, kept.order.status) == (5, "CA", "cancelled")
    assert (str(kept.order.dose), kept.open) == ("960", False)


@pytest.mark.parametrize(("control", "status"), [("CA", "cancelled"), ("DC", "discontinued"), ("HD", "held")])
def test_a_control_sets_the_status(control: str, status: str) -> None:
    kept = book_with("unclaimed", control).find(KEY)
    assert kept is not None
    assert kept.order.status == status


def test_a_cancelled_order_stays_cancelled() -> None:
    book = book_with("unclaimed", "CA")
    assert judged(act("CA"), book) == "replayed"
    assert judged(act("XO", "M000901", dose="960"), book) == "STATE_REFUSES"
    assert judged(act("HD", "M000902"), book) == "none"
    assert judged(act("NW", "M000903"), book) == "replayed"
    assert judged(act("NW", "M000904", dose="960"), book) == "ORDER_EXISTS"


def test_a_change_keeps_the_hold_and_release_ends_it() -> None:
    book = book_with("unclaimed", "HD")
    assert judged(act("XO", dose="960"), book) == "changed"
    kept = book.find(KEY)
    assert kept is not None
    assert kept.order.status == "held"
    assert judged(act("RL", "M000901"), book) == "released"


def test_a_cancel_needs_only_orc_and_never_reaches_another_patient() -> None:
    bare = b"\r".join(one for one in sample("s07").split(b"\r") if one[:3] in (b"MSH", b"ORC"))
    assert judged(bare, book_with()) == "cancelled"
    assert judged(sample("s07").replace(b"|10234567^", b"|10234999^"), book_with()) == "ORDER_EXISTS"


def test_the_same_message_restamped_is_answered_with_the_same_words() -> None:
    book = MemoryBook()
    first = send(S01, book)
    again = send(edited(("|20260311081500-0500|", "|20260311081933-0500|")), book)
    assert (again.reply, again.verdict.effect) == (first.reply, "replayed")
    assert {one.code for one in again.verdict.findings} == {"REPLAYED"}


def test_a_control_id_with_other_content_is_an_alarm() -> None:
    said = verdict(act("NW", "M000001", dose="960"), book_with())
    assert [(fault.err, fault.reason) for fault in said.errors] == [("205", "DUPLICATE_CONTROL_ID")]
    assert said.alerts


def test_where_control_ids_repeat_the_order_key_still_protects() -> None:
    careless = replace(PROFILE, control_ids_unique=False)
    said = handle(read(act("NW", "M000001", dose="960"), [careless]), book_with(), AT, "A1").verdict
    assert [fault.reason for fault in said.errors] == ["ORDER_EXISTS"]


def test_a_refused_message_is_judged_anew() -> None:
    book = MemoryBook()
    assert judged(edited(("|970||mg^", "|970,0||mg^")), book) == "NOT_A_NUMBER"
    assert judged(S01, book) == "created"


def test_the_same_order_in_other_spelling_is_a_replay() -> None:
    assert judged(edited(("M000001", "M000901"), ("|970||mg^", "|0970.0||mg^")), book_with()) == "replayed"


def test_a_message_is_accepted_whole_or_not_at_all() -> None:
    second = b"\r".join(S01.split(b"\r")[5:]).replace(b"ORD7700123", b"ORD7700124")
    both, book = S01 + second, MemoryBook()
    assert judged(both.replace(b"M000001", b"M000902"), book) == "created+created"
    third = second.replace(b"ORD7700124", b"ORD7700125").replace(b"|970||mg^", b"|97||mg^")
    bad = (S01.replace(b"ORD7700123", b"ORD7700126") + third).replace(b"M000001", b"M000903")
    said = verdict(bad, book)
    assert [(fault.reason, fault.at) for fault in said.errors] == [("AMOUNTS_DISAGREE", "RXC[3]")]
    assert book.find(replace(KEY, placer="ORD7700126")) is None


def test_a_known_number_under_another_name_blocks_and_changes_nothing() -> None:
    book = book_with()
    other = edited(("M000001", "M000901"), ("ORD7700123", "ORD7700999"), ("Example^Marta", "Imposter^Ida"))
    said = verdict(other, book)
    assert "PATIENT_DIFFERS" in {one.code for one in said.findings}
    known = book.patient("10234567", "MAINHOSP")
    assert known is not None
    assert known.family == "Example"


def test_an_unannounced_patient_blocks_where_an_adt_feed_works() -> None:
    fed = replace(PROFILE, adt_feed=True)
    said = handle(read(S01, [fed]), MemoryBook(), AT, "A1").verdict
    assert "PATIENT_UNKNOWN" in {one.code for one in said.findings}
    book = MemoryBook()
    handle(read(sample("s59"), [fed]), book, AT, "A1")
    assert handle(read(S01, [fed]), book, AT, "A1").verdict.findings == ()


def test_an_allergy_known_from_before_counts() -> None:
    book = MemoryBook()
    news = sample("s59").replace(b"7980^Penicillin G^RXNORM", b"3002^cyclophosphamide^RXNORM")
    assert judged(news, book) == "patient"
    silent = b"\r".join(one for one in S01.split(b"\r") if one[:3] != b"AL1")
    assert "ALLERGY_MATCH" in {one.code for one in verdict(silent, book).findings}


CTX_ALLERGY = b"3002^cyclophosphamide^RXNORM"


def allergic(event: str, control_id: str = "M000950") -> bytes:
    """News of an allergy to the ordered drug: by ADT, or in the order's own message sent again as a change."""
    if event == "XO":
        return act("XO", control_id).replace(b"7980^Penicillin G^RXNORM", CTX_ALLERGY)
    segments = [one for one in sample("s60").split(b"\r") if one[:3] != b"AL1"]
    text = b"\r".join([*segments, b"IAM|1|DA|" + CTX_ALLERGY + b"|SV||A"]).replace(b"ADT^A03", b"ADT^" + event.encode())
    return text.replace(next(one for one in segments[0].split(b"|")[9:10]), control_id.encode())


@pytest.mark.parametrize("event", ["A60", "A08", "A31", "XO"])
@pytest.mark.parametrize("stage", ["unclaimed", "in-work", "checking", "aborted"])
def test_i44_a_new_allergy_reaches_every_open_order_that_it_concerns(event: str, stage: Stage) -> None:
    book = book_with(stage)
    other = edited(("M000001", "M000002"), ("ORD7700123", "ORD7700124"), ("20260311100000-0500", "20260312100000-0500"))
    send(other, book)
    said = verdict(allergic(event), book)
    concerned = {
        change.key.placer for change in said.changes if "ALLERGY_MATCH" in {one.code for one in change.findings}
    }
    assert (said.outcome, concerned) == ("accepted", {"ORD7700123", "ORD7700124"})
    again = verdict(allergic(event, "M000951"), book)
    assert "ALLERGY_MATCH" not in {one.code for one in again.findings}, "what a pharmacist cleared comes back by itself"


def test_an_allergy_to_another_drug_reaches_no_order() -> None:
    news = allergic("A60").replace(CTX_ALLERGY, b"X9^Latex^L")
    assert "ALLERGY_MATCH" not in {one.code for one in verdict(news, book_with()).findings}


def test_i16_one_allergy_told_by_itself_leaves_the_others_known() -> None:
    book = book_with()
    before = book.patient("10234567", "MAINHOSP")
    send(allergic("A60").replace(CTX_ALLERGY, b"X9^Latex^L"), book)
    known = book.patient("10234567", "MAINHOSP")
    assert before is not None
    assert known is not None
    assert {one.text for one in known.allergies} == {"Latex", *(one.text for one in before.allergies)}
    send(allergic("A60", "M000952").replace(CTX_ALLERGY, b"X9^Latex^L").replace(b"|SV||A", b"|SV||D"), book)
    assert book.patient("10234567", "MAINHOSP") == known


def test_an_ended_or_released_order_hears_of_no_allergy() -> None:
    for stage, control in (("released", ""), ("unclaimed", "CA")):
        book = book_with(stage, *([control] if control else []))  # type: ignore[arg-type]  # one of Stage
        assert verdict(allergic("A60"), book).findings == ()


def test_empty_is_unchanged_and_two_quotes_delete() -> None:
    book = book_with()
    news = sample("s60").replace(b"|19680214|F|", b'||""|')
    assert judged(news, book) == "patient"
    known = book.patient("10234567", "MAINHOSP")
    assert known is not None
    assert (str(known.birth_date), known.sex, len(known.allergies)) == ("1968-02-14", "", 2)


@pytest.mark.parametrize(
    ("event", "weight", "wanted"),
    [
        ("A08", "52.2", {"WEIGHT_CHANGED"}),
        ("A08", "52.3", set()),
        ("A08", "63.8", {"WEIGHT_CHANGED"}),
        ("A08", "63.7", set()),
    ],
)
def test_a_weight_change_of_ten_percent_is_pointed_out(event: str, weight: str, wanted: set[str]) -> None:
    news = sample("s59").replace(b"52.2", weight.encode())
    assert {one.code for one in verdict(news, book_with()).findings} == wanted


def test_a_weight_that_cannot_be_read_is_pointed_out() -> None:
    news = sample("s59").replace(b"52.2|kg^kilogram", b"115|[lb_av]^pound")
    assert {one.code for one in verdict(news, book_with()).findings} == {"FIELD_UNREADABLE"}


@pytest.mark.parametrize(("event", "code"), [("A03", "PATIENT_DISCHARGED"), ("A11", "ADMIT_CANCELLED")])
def test_adt_points_out_and_never_cancels(event: str, code: str) -> None:
    book = book_with()
    said = verdict(sample("s60").replace(b"ADT^A03", f"ADT^{event}".encode()), book)
    assert {one.code for one in said.findings} == {code}
    kept = book.find(KEY)
    assert kept is not None
    assert (kept.order.status, kept.order.version) == ("active", 1)


def test_a13_takes_the_discharge_back() -> None:
    said = verdict(sample("s60").replace(b"ADT^A03", b"ADT^A13"), book_with())
    assert [change.cleared for change in said.changes] == [("PATIENT_DISCHARGED",)]


def test_a_merge_moves_open_orders() -> None:
    book = book_with()
    verdict(sample("s82"), book)
    kept = book.find(KEY)
    assert kept is not None
    assert kept.patient.mrn == "10239999"
    assert [one.order.key for one in book.open_orders("10239999", "MAINHOSP")] == [KEY]
    assert book.patient("10234567", "MAINHOSP") is None


def test_the_clinical_half_holds_nothing_of_the_patient() -> None:
    (done,) = reading(S01).orders
    for secret in ("Marta", "Example", "10234567", "1968", "V20260311", "Penicillin", "987-65", "CH12"):
        assert secret not in repr(done.order)
        assert secret not in repr(done.findings)


@pytest.mark.parametrize(
    "changed",
    [
        {"frequency": "DAILY"},
        {"doses_total": 14},
        {"dispense_quantity": D("56")},
        {"strength": D("150")},
        {"due_at": AT},
    ],
)
def test_what_a_count_is_made_of_is_never_equal_when_it_changed(changed: dict[str, object]) -> None:
    assert same_product(COUNTED, COUNTED)
    assert not same_product(COUNTED, replace(COUNTED, **changed))
