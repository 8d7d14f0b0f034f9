"""The application's answer to an order message: RRE, ORP or ORR as the profile and MSH-16 ask, MSA-2 what it answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import hl7
import pytest

from app import clock
from app.clock import now
from app.interfaces.ack import application_wanted
from app.interfaces.book import MemoryBook
from app.interfaces.hl7 import read
from app.interfaces.judge import Handled, handle
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from tests.interfaces.cases import AT, PROFILE, S01
from tests.interfaces.test_telling import hospital, pharmacy_of, told_at


def asking(accept: str, application: str, *changes: tuple[bytes, bytes]) -> bytes:
    """The canonical order in enhanced mode: MSH-15 and MSH-16."""
    raw = S01.replace(b"|P|2.5.1||||||", f"|P|2.5.1|||{accept}|{application}||".encode())
    for old, new in changes:
        assert old in raw
        raw = raw.replace(old, new)
    return raw


WRONG = (b"|970||mg^milligram^UCUM|INF", b"|970,5||mg^milligram^UCUM|INF")


ASKS = replace(PROFILE, application=True)


def answered(raw: bytes, profile: Profile = ASKS) -> tuple[Reading, Handled]:
    """What a message hears on the connection, judged on an empty book."""
    reading = read(raw, [profile])
    return reading, handle(reading, MemoryBook(), AT, "A1")


@pytest.mark.parametrize(
    ("application", "changes", "wanted"),
    [
        ("AL", (), True),
        ("AL", (WRONG,), True),
        ("ER", (), False),
        ("ER", (WRONG,), True),
        ("SU", (WRONG,), False),
        ("SU", (), True),
        ("NE", (), False),
        ("", (), False),
    ],
)
def test_an_application_answer_is_wanted_as_msh_16_says(
    application: str, changes: tuple[tuple[bytes, bytes], ...], wanted: bool
) -> None:
    reading, handled = answered(asking("AL", application, *changes))
    assert application_wanted(reading, handled.verdict) is wanted
    assert handled.reply.split("\r")[:2][1] == f"MSA|{'CE' if changes else 'CA'}|M000001"
    assert "ORC|" not in handled.reply
    never, refused = answered(asking("AL", application, *changes), PROFILE)
    assert not application_wanted(never, refused.verdict)


def test_the_answer_follows_once_by_the_outbox_and_names_the_message_and_each_order(tmp_path: Path) -> None:
    with hospital() as far:
        profile = replace(told_at(far.port), application=True)
        with pharmacy_of(tmp_path, profile) as (_, intake, courier):
            right, other = asking("AL", "AL"), (b"M000001", b"M000002")
            for raw in (right, right, asking("AL", "AL", WRONG, other)):
                intake.receive(read(raw, [profile]), at=now(), own_id=clock.new_id())
            while courier.step():
                pass
    heard = [hl7.parse(one.decode()) for one in far.heard]
    told = [[str(one.segment("MSA")[n]) for n in (1, 2)] + [str(one.segment("ORC")[1])] for one in heard]
    assert told == [["AA", "M000001", "OK"], ["AE", "M000002", "UA"]]
    for one in heard:
        msh = one.segment("MSH")
        assert ["^".join(map(str, msh[9][0])), str(msh[15]), str(msh[16])] == ["RRE^O12^RRE_O12", "AL", "NE"]
        assert str(one.segment("ORC")[2][0][0]) == "ORD7700123"
    assert all(b"Marta" not in one for one in far.heard)


@pytest.mark.parametrize(("changes", "told"), [((), ("AA", "OK")), ((WRONG,), ("AE", "UA"))])
def test_in_original_mode_the_one_answer_is_the_applications(
    changes: tuple[tuple[bytes, bytes], ...], told: tuple[str, str]
) -> None:
    reply = answered(S01.replace(*changes[0]) if changes else S01)[1].reply
    found = hl7.parse(reply)
    assert "^".join(map(str, found.segment("MSH")[9][0])) == "RRE^O12^RRE_O12"
    assert (str(found.segment("MSA")[1]), str(found.segment("ORC")[1])) == told
    assert ("ERR|" in reply) is bool(changes)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(b"RDE^O01^RDE_O01", "RRE^O02^RRE_O02"), (b"OMP^O09^OMP_O09", "ORP^O10^ORP_O10"), (b"ORM^O01^ORM_O01", "ORR^O02^ORR_O02")],
)  # fmt: skip
def test_each_kind_of_order_has_its_kind_of_answer(kind: bytes, answer: str) -> None:
    reply = answered(S01.replace(b"RDE^O11^RDE_O11", kind))[1].reply
    assert "^".join(map(str, hl7.parse(reply).segment("MSH")[9][0])) == answer


@pytest.mark.parametrize(
    ("control", "refused"), [("XO", "UX"), ("RP", "UM"), ("CA", "UC"), ("DC", "UD"), ("HD", "UH"), ("RL", "UR")]
)
def test_each_request_for_an_unknown_order_is_refused_by_its_own_code(control: str, refused: str) -> None:
    reply = answered(S01.replace(b"ORC|NW|", f"ORC|{control}|".encode()))[1].reply
    found = hl7.parse(reply)
    assert (str(found.segment("MSA")[1]), str(found.segment("ORC")[1])) == ("AE", refused)
