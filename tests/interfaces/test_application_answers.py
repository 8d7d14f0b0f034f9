"""The application's answer to an order message: RRE, ORP or ORR as the profile and MSH-16 ask, MSA-2 what it answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import hl7
import pytest

from app.clock import now
from app.interfaces.hl7 import read
from tests.interfaces.cases import PROFILE, S01
from tests.interfaces.test_telling import hospital, pharmacy_of, told_at


def asking(accept: str, application: str, *changes: tuple[bytes, bytes]) -> bytes:
    """The canonical order in enhanced mode: MSH-15 and MSH-16."""
    raw = S01.replace(b"|P|2.5.1||||||", f"|P|2.5.1|||{accept}|{application}||".encode())
    for old, new in changes:
        assert old in raw
        raw = raw.replace(old, new)
    return raw


WRONG = (b"|970||mg^milligram^UCUM|INF", b"|970,5||mg^milligram^UCUM|INF")


@pytest.mark.parametrize(
    ("application", "changes", "told"),
    [
        ("AL", (), ["AA", "OK"]),
        ("AL", (WRONG,), ["AE", "UA"]),
        ("ER", (), []),
        ("ER", (WRONG,), ["AE", "UA"]),
        ("SU", (WRONG,), []),
        ("SU", (), ["AA", "OK"]),
        ("NE", (), []),
        ("", (), []),
    ],
)
def test_an_application_answer_follows_as_msh_16_asks(
    tmp_path: Path, application: str, changes: tuple[tuple[bytes, bytes], ...], told: list[str]
) -> None:
    with hospital() as far:
        profile = replace(told_at(far.port), application=True)
        with pharmacy_of(tmp_path, profile) as (_, intake, courier):
            reading = read(asking("AL", application, *changes), [profile])
            handled, _ = intake.receive(reading, at=now(), own_id="A1")
            assert handled.reply.split("\r")[1] == f"MSA|{'CE' if changes else 'CA'}|M000001"
            again, _ = intake.receive(reading, at=now(), own_id="A2")
            while courier.step():
                pass
    heard = [hl7.parse(one.decode()) for one in far.heard if b"^O12^" in one]
    if changes:  # judged anew when it comes again, and answered anew
        heard = heard[:1]
    assert [[str(one.segment("MSA")[1]), str(one.segment("ORC")[1])] for one in heard] == ([told] if told else [])
    for one in heard:
        msh = one.segment("MSH")
        assert ["^".join(map(str, msh[9][0])), str(msh[15]), str(msh[16])] == ["RRE^O12^RRE_O12", "AL", "NE"]
        assert (str(one.segment("MSA")[2]), str(one.segment("ORC")[2][0][0])) == ("M000001", "ORD7700123")
        assert b"Marta" not in far.heard[0]
    assert (again.reply == handled.reply) is (not changes)


@pytest.mark.parametrize(("changes", "told"), [((), ("AA", "OK")), ((WRONG,), ("AE", "UA"))])
def test_in_original_mode_the_one_answer_is_the_applications(
    tmp_path: Path, changes: tuple[tuple[bytes, bytes], ...], told: tuple[str, str]
) -> None:
    profile = replace(PROFILE, application=True)
    raw = S01.replace(*changes[0]) if changes else S01
    with pharmacy_of(tmp_path, profile) as (_, intake, _):
        reply = intake.receive(read(raw, [profile]), at=now(), own_id="A1")[0].reply
    found = hl7.parse(reply)
    assert "^".join(map(str, found.segment("MSH")[9][0])) == "RRE^O12^RRE_O12"
    assert (str(found.segment("MSA")[1]), str(found.segment("ORC")[1])) == told
    assert ("ERR|" in reply) is bool(changes)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(b"RDE^O01^RDE_O01", "RRE^O02^RRE_O02"), (b"OMP^O09^OMP_O09", "ORP^O10^ORP_O10"), (b"ORM^O01^ORM_O01", "ORR^O02^ORR_O02")],
)  # fmt: skip
def test_each_kind_of_order_has_its_kind_of_answer(tmp_path: Path, kind: bytes, answer: str) -> None:
    profile = replace(PROFILE, application=True)
    raw = S01.replace(b"RDE^O11^RDE_O11", kind)
    with pharmacy_of(tmp_path, profile) as (_, intake, _):
        reply = intake.receive(read(raw, [profile]), at=now(), own_id="A1")[0].reply
    assert "^".join(map(str, hl7.parse(reply).segment("MSH")[9][0])) == answer
