"""A long record is read by several processes at once, and what is found is to the word what one alone finds."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from app import preparations
from app.record import abreast, stretches
from app.record import verify as verifying
from app.record.abreast import Hands
from app.record.engine import Store, open_store
from app.record.keys import Keyring
from app.record.place import Place, place_of
from app.record.trust import Evidence
from app.record.verify import Verdict, verify
from app.settings import Settings
from tests.postgres.fixtures import POSTGRESQL
from tests.record import many_sites, rewriting
from tests.record.conftest import administrator, settled, write_event
from tests.record.test_tamper import tamper

Record = Callable[[], tuple[Path, Path]]


@contextmanager
def threads(count: int, place: Place, given: Any) -> Iterator[Any]:
    with ThreadPoolExecutor(count, initializer=abreast._arrive, initargs=(place, given)) as pool:
        yield pool


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Stretches of five events, followed on threads. Holds of each whether it could be joined."""
    joined = list[bool]()

    def join(*given: Any) -> bool:
        joined.append(stretches.join(*given))
        return joined[-1]

    monkeypatch.setattr(abreast, "processes", threads)
    monkeypatch.setattr(verifying, "join", join)
    monkeypatch.setattr(stretches, "LONG", 1)
    monkeypatch.setattr(stretches, "EACH", 5)
    return joined


def test_a_whole_record_is_joined_from_its_stretches(a_record: Record, short: list[bool]) -> None:
    path, photos = a_record()
    assert verify(path, photos, hands=3) == verify(path, photos)
    assert short == [True] * 4


def told_in_the_same_words(record: tuple[Path, Path], folder: Path, seeds: range) -> None:
    whole = settled(record[0], folder / "whole.db")
    for seed in seeds:
        copy = folder / "tampered.db"
        shutil.copy(whole, copy)
        what, alone = tamper(copy, record[1], random.Random(seed))
        assert verify(copy, record[1], hands=3) == alone, f"seed {seed}: {what}"
        assert not alone.ok
        for left in folder.glob("tampered.db*"):
            left.unlink()


def test_twenty_five_random_tamperings_are_told_in_the_same_words(
    a_record: Record, tmp_path: Path, short: list[bool]
) -> None:
    told_in_the_same_words(a_record(), tmp_path, range(25))
    assert True in short, "what lies before a damaged event was joined all the same"


@pytest.mark.soak
def test_a_thousand_random_tamperings_are_told_in_the_same_words(
    a_record: Record, tmp_path: Path, short: list[bool], counted: Callable[..., None]
) -> None:
    told_in_the_same_words(a_record(), tmp_path, range(25, 1025))
    counted("verified in stretches and alone, with the same words", tamperings=1000, stretches=len(short))


@pytest.mark.usefixtures("short")
def test_forged_sites_and_their_checkpoints_are_told_in_the_same_words(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = many_sites.lay(tmp_path, migrated, sites=10, each=60)
    monkeypatch.setattr(stretches, "EACH", 70)
    forger, chance = Keyring(tmp_path / "forger"), random.Random(3)
    forger.prepare()
    evidence = Evidence({f"shelf/{site}": text for site, text in large.texts.items()}, trusted=large.trusted)
    assert verify(large.path, large.photos, evidence, hands=3) == verify(large.path, large.photos, evidence)
    for _ in range(4):
        many_sites.tampered(large, tmp_path / "work.db", chance, forger, untouched=4)
        alone = verify(tmp_path / "work.db", large.photos, evidence)
        assert len(alone.faults) > 4
        assert verify(tmp_path / "work.db", large.photos, evidence, hands=3) == alone


@pytest.mark.parametrize("number", range(1, 13))
def test_the_event_at_the_seam_is_not_believed_on_its_word(
    a_record: Record, short: list[bool], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A changed body with the digest it had: the stretch behind it is whole in itself, and begins with what is not so."""
    path, photos = a_record()
    monkeypatch.setattr(stretches, "EACH", number)
    rewriting.rewrite(path, rewriting.edited(number), recompute=False)
    alone = verify(path, photos)
    assert [fault.kind for fault in alone.faults] == ["event"]
    assert verify(path, photos, hands=2) == alone
    assert False in short


def nine_preparations(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Verdict:
    """What one alone finds of a record of three stretches, with the log out of its reach afterwards."""
    store.write(lambda conn: [write_event(conn, f"P{number}", f"C{number}", events=3) for number in range(9)])
    alone = verify(place_of(settings), settings.photos, lists=preparations.view_faults)
    assert (alone.events, alone.ok) == (27, True)
    monkeypatch.setattr(stretches, "LONG", 1)
    monkeypatch.setattr(stretches, "EACH", 9)
    monkeypatch.setattr(verifying, "TOGETHER", 4)
    monkeypatch.setattr(verifying, "rows_of", _nobody)
    return alone


def test_processes_of_their_own_read_the_log_and_compare_the_lists(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = nine_preparations(store, settings, monkeypatch)
    assert verify(store.path, settings.photos, lists=preparations.view_faults, hands=2) == alone


@POSTGRESQL
@pytest.mark.usefixtures("short")
def test_on_postgresql_the_stretches_are_joined_too(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = nine_preparations(store, settings, monkeypatch)
    assert verify(place_of(settings), settings.photos, lists=preparations.view_faults, hands=2) == alone


def _nobody(conn: Connection, query: Any) -> Iterator[Any]:
    """The histories are still read here, the log is not."""
    assert "FROM event" not in str(query), "the log was read here"
    return stretches.rows_of(conn, query)


def _dies(_conn: Connection, at: int, job: int) -> int:
    if job == at:
        os._exit(9)
    return job * job


def test_what_a_process_that_was_killed_had_in_hand_is_left_to_who_asked(store: Store) -> None:
    answers = list(Hands(store.path, 2).in_order(_dies, 3, range(6)))
    assert [job for job, _ in answers] == list(range(6))
    assert {said for job, said in answers if job == 3} == {None}
    assert all(said in {None, job * job} for job, said in answers)


@pytest.mark.usefixtures("short")
def test_a_file_that_cannot_be_read_is_told_in_the_same_words(settings: Settings, tmp_path: Path) -> None:
    with closing(open_store(settings)) as store:
        store.write(lambda conn: [write_event(conn, f"P{n}", f"C{n}", data={"note": "x" * 900}) for n in range(40)])
    copy = settled(store.path, tmp_path / "copy.db")
    with administrator(copy) as raw:
        raw.execute("UPDATE event SET body = CAST(x'ff' || body AS TEXT) WHERE seq = 23")
    alone = verify(copy, settings.photos)
    assert not alone.ok
    assert verify(copy, settings.photos, hands=3) == alone
