"""A patient is forgotten when their time has come, not before, by two people with a reason; the record still verifies (Q12)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app import clock
from app.cli.record import record as record_command
from app.desk import purging
from app.record import blobs
from app.record.engine import open_store
from app.record.tables import event
from app.record.verify import verify
from tests.export.conftest import Kept
from tests.people.cast import ADA, ANN, UNA, Member
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from workflows import commands as asked

DECOY, NUMBER = "Zebedee", "77712345"
REASON = "kept for ten years and a day"


@dataclass(frozen=True)
class Closed:
    """A pharmacy that is not served, with the decoy's finished order in it."""

    pharmacy: Pharmacy
    made: Making
    tmp: Path

    @property
    def folder(self) -> Path:
        return self.pharmacy.house.settings.data_dir

    def run(
        self, *words: str, who: Member = UNA, second: Member = ADA, password: str = "", reason: str = REASON
    ) -> tuple[int, str]:
        files = []
        for name, secret in (("first", password or who.password), ("second", second.password)):
            files.append(self.tmp / name)
            files[-1].write_text(secret + "\n", encoding="utf-8")
        people = ("--who", who.user, "--second", second.user, "--reason", reason)
        secrets = ("--password-file", str(files[0]), "--second-password-file", str(files[1]))
        done = CliRunner().invoke(
            record_command, ["purge", *words, *people, *secrets, "--data-dir", str(self.folder), "--json"]
        )
        return done.exit_code, done.stdout or done.stderr

    def holds(self, *texts: str) -> list[str]:
        """Files of the record that hold any of these, the write-ahead log and the printer's folder included."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.name for path in files if any(text.encode() in path.read_bytes() for text in texts))


@pytest.fixture
def done(pharmacy: Pharmacy, kept: Kept, tmp_path: Path) -> Closed:
    seeded = Seeded(pharmacy.house, furnished=True)
    made = seeded.begin("DEMO2001", **{"Marta": DECOY, "90000101": NUMBER}).until_closed()
    assert seeded.receive(seeded.message(0, **{"Marta": DECOY, "90000101": NUMBER, "|P|2.5.1": "|P|9.9"})) == ""
    label = pharmacy.house.blobs.put(f"label of {DECOY}, MRN {NUMBER}".encode(), "application/pdf")
    pharmacy.house.store.write(lambda conn: blobs.enter(conn, label, at=clock.now(), identifying=True))
    made.ask(asked.Correct(6, "gown", f"gown, see {label.sha256}", "names the label's content for this test"))
    folder = pharmacy.house.settings.data_dir / "labels"
    folder.mkdir()
    for one in made.p.labels:
        (folder / f"{one.label_id}-{one.copy}.pdf").write_bytes(f"printed for {DECOY}".encode())
    pharmacy.house.store.close()
    return Closed(pharmacy, made, tmp_path)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    at = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_q12_nothing_is_purged_before_its_date(done: Closed, monkeypatch: pytest.MonkeyPatch) -> None:
    before = done.holds(DECOY)
    assert before, "the decoy is there to be found"
    code, said = done.run("--order", "DEMO2001")
    assert (code, "is kept until" in said) == (2, True)
    code, said = done.run("--before", f"{clock.now():%Y-%m-%d}")
    assert (code, "younger than 3653 days" in said) == (2, True)
    later(monkeypatch, 3652)
    code, said = done.run("--order", "DEMO2001")
    assert (code, "is kept until" in said) == (2, True)
    assert done.holds(DECOY) == before


def test_q12_a_purge_leaves_no_byte_of_the_patient_and_the_chain_still_verifies(
    done: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = done.made.shots["final"]
    held = done.holds(DECOY, NUMBER)
    assert "vialtrace.db" in " ".join(held)
    assert sum(name.endswith(".pdf") for name in held) >= 1
    assert final in [path.name for path in done.folder.rglob("*")]
    later(monkeypatch, 3655)
    code, said = done.run("--order", "DEMO2001")
    assert code == 0, said
    assert json.loads(said)["orders"] == 1
    assert json.loads(said)["contents"] >= 4, "its message, one that was refused, the label, the photo that shows it"
    assert done.holds(DECOY, NUMBER) == []
    assert final not in [path.name for path in done.folder.rglob("*")]
    assert done.holds("Marta"), "the other patients' text stays"
    verdict = verify(done.folder / "vialtrace.db", done.pharmacy.house.settings.photos)
    assert (verdict.ok, verdict.faults) == (True, ())


def test_q12_the_purge_is_an_event_with_two_signatures_reason_and_digests(
    done: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, 3655)
    assert done.run("--order", "DEMO2001")[0] == 0
    store = open_store(done.pharmacy.house.settings)
    try:
        with store.reading() as conn:
            row = conn.execute(select(event).where(event.c.kind == purging.KIND)).one()
    finally:
        store.close()
    data = json.loads(row.body)["data"]
    assert (row.who, row.second_person, data["reason"]) == (UNA.id, ADA.id, REASON)
    assert [(one["name"], one["meaning"]) for one in data["signatures"]] == [
        ("Una V.", "purge of patients' text approved"),
        ("Ada W.", "purge of patients' text approved"),
    ]
    assert (data["order"][1], data["preparations"], len(data["texts"])) == ("DEMO2001", [done.made.id], 1)
    assert set(data["pseudonyms"]) == {"quality", "research"}
    assert DECOY not in row.body


def test_a_purge_by_date_takes_what_is_old_and_over_and_leaves_what_is_still_open(
    done: Closed, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, 3660)
    code, said = done.run("--before", f"{clock.now() - timedelta(days=3654):%Y-%m-%d}")
    assert (code, json.loads(said)["orders"]) == (0, 2), "the decoy's and the one that was closed before it"
    assert done.holds(DECOY, NUMBER) == []
    assert done.holds("Marta"), "two orders of hers are still being made"
    assert done.run("--before", f"{clock.now() - timedelta(days=3654):%Y-%m-%d}")[0] == 0, "a second time does nothing"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"second": UNA}, "must be somebody else"),
        ({"second": ANN}, "Ann"),
        ({"password": "not hers at all"}, "do not belong together"),
        ({"reason": "old"}, "at least 10 letters"),
    ],
)
def test_two_entitled_people_and_a_reason_or_nothing(
    done: Closed, monkeypatch: pytest.MonkeyPatch, given: dict[str, object], says: str
) -> None:
    later(monkeypatch, 3655)
    code, said = done.run("--order", "DEMO2001", **given)  # type: ignore[arg-type]  # as run takes them
    assert (code, says.casefold() in said.casefold()) == (2, True), said
    assert done.holds(DECOY)


def test_a_record_in_use_is_not_purged(pharmacy: Pharmacy, tmp_path: Path) -> None:
    made = Making(Seeded(pharmacy.house, furnished=True), "X", clock.now())
    code, said = Closed(pharmacy, made, tmp_path).run("--order", "DEMO1001")
    assert (code, "in use by another process" in said) == (2, True)


def test_afterwards_the_record_reads_prints_and_exports_without_the_patient(
    done: Closed, make_pharmacy: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        later(ahead, 3655)
        assert done.run("--order", "DEMO2001")[0] == 0
    again = make_pharmacy(data_dir=done.folder)  # type: ignore[operator]  # the fixture
    client = at_desk(again)
    page = client.get(f"/record/{done.made.id}")
    assert (page.status_code, "patient text purged" in page.text, "968.5 mg" in page.text) == (200, True, True)
    assert client.get(f"/record/{done.made.id}/pdf").status_code == 200
    assert client.get(f"/record/{done.made.id}/bundle").status_code == 200
    assert client.get(f"/record/{done.made.id}/photo/{done.made.shots['final']}/thumb").status_code == 403
    for path in ("/records", "/orders", f"/review/{done.made.id}"):
        answer = client.get(path)
        assert answer.status_code in (200, 302), path
        assert DECOY not in answer.text
