"""Who is not named has a pseudonym: the same patient the same, another another, no way back without the key."""

from __future__ import annotations

import stat
from dataclasses import replace

import pytest

from app.clock import now
from app.desk.records import Filter
from app.export.pseudonyms import Pseudonyms
from app.export.wanted import Wanted, may_have
from app.record import codec, ordertext
from app.settings import WrongSettings, load_pseudonym_key
from tests.export.asking import bytes_of, csv_rows
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from workflows.order import PatientText

MARTA = PatientText("90000101", "MAINHOSP", "Example", "Marta", None)


def test_the_same_patient_has_the_same_pseudonym_in_every_quality_file(
    pharmacy: Pharmacy, closed: Making, waiting: Making
) -> None:
    rows = {row["preparation"]: row for row in csv_rows(bytes_of(pharmacy, Wanted("csv")))}
    assert rows[closed.id]["patient"] == rows[waiting.id]["patient"]
    assert rows[closed.id]["patient"].startswith("P-")
    assert len(rows[closed.id]["patient"]) == 18
    assert rows[closed.id]["patient_number"] == ""
    again = csv_rows(bytes_of(pharmacy, Wanted("csv", "events", Filter(status="closed"))))
    assert {row["patient"] for row in again} == {rows[closed.id]["patient"]}


def test_a_research_file_cannot_be_laid_beside_one_of_quality_assurance(pharmacy: Pharmacy, closed: Making) -> None:
    only = Filter(status="closed")
    (quality,) = csv_rows(bytes_of(pharmacy, Wanted("csv", filter=only)))
    content = bytes_of(pharmacy, Wanted("csv", filter=only, patients="research"))
    (research,) = csv_rows(content)
    assert research["patient"] != quality["patient"]
    assert research["preparation"].startswith("X-")
    assert (research["order"], research["digest"]) == ("", "")
    assert research["technician"].startswith("S-")
    for name in ("Ann", "Pam", "Marta", closed.id, "DEMO1001", closed.p.digest):
        assert name not in content.decode(), name
    assert (research["found_mg"], research["near_misses"]) == (quality["found_mg"], quality["near_misses"])


def test_free_text_does_not_go_to_researchers(pharmacy: Pharmacy, closed: Making) -> None:
    content = bytes_of(pharmacy, Wanted("csv", "events", Filter(status="closed"), "research")).decode()
    assert "the side was left out" not in content
    assert "WRONG_STRENGTH" in content
    assert "the side was left out" in bytes_of(pharmacy, Wanted("csv", "events", Filter(status="closed"))).decode()


def test_pseudonyms_differ_by_key_patient_authority_and_purpose_and_never_by_name() -> None:
    one, other = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    said = {
        one.patient("quality", MARTA),
        other.patient("quality", MARTA),
        one.patient("research", MARTA),
        one.patient("quality", replace(MARTA, mrn="90000102")),
        one.patient("quality", replace(MARTA, authority="OTHER")),
    }
    assert len(said) == 5
    assert one.patient("quality", replace(MARTA, family="Married")) == one.patient("quality", MARTA)
    assert "a" * 8 not in repr(one)


def test_the_key_lies_beside_the_database_readable_by_its_owner_alone(pharmacy: Pharmacy) -> None:
    settings = pharmacy.house.settings
    key, path = load_pseudonym_key(settings), settings.data_dir / "pseudonym_key"
    assert load_pseudonym_key(settings) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.hex().encode() not in pharmacy.house.store.path.read_bytes()
    path.write_text("not a key")
    with pytest.raises(WrongSettings, match="damaged"):
        load_pseudonym_key(settings)


def test_a_purged_patient_keeps_the_pseudonym_that_earlier_files_gave(pharmacy: Pharmacy, closed: Making) -> None:
    only, text = Filter(status="closed"), closed.p.patient
    before = [csv_rows(bytes_of(pharmacy, Wanted("csv", filter=only, patients=how)))[0]["patient"] for how in HOW]  # type: ignore[arg-type]  # as below
    key = Pseudonyms(load_pseudonym_key(pharmacy.house.settings))

    def purge(conn: object) -> None:
        kept = ordertext.get(conn, text)  # type: ignore[arg-type]  # a connection
        assert isinstance(kept, ordertext.OrderText)
        who = codec.decode(PatientText, kept.fields)
        said = {"quality": key.patient("quality", who), "research": key.patient("research", who)}
        ordertext.forget(conn, id=text, who="una", at=now(), command_id="PURGE1", pseudonyms=said)  # type: ignore[arg-type]  # as above

    pharmacy.house.store.write(purge)
    after = [csv_rows(bytes_of(pharmacy, Wanted("csv", filter=only, patients=how)))[0]["patient"] for how in HOW]  # type: ignore[arg-type]  # as below
    assert after[:2] == before[:2]
    assert after[2] == "patient text purged"


HOW = ("pseudonym", "research", "named")


@pytest.mark.parametrize(
    ("roles", "has"),
    [
        ({"pharmacist"}, ("pseudonym", "research", "named")),
        ({"qa"}, ("pseudonym", "research")),
        ({"admin"}, ("pseudonym", "research")),
        ({"technician"}, ()),
        ({"lead_technician", "informatics"}, ()),
    ],
)
def test_q32_names_go_only_to_whom_the_right_exists(roles: set[str], has: tuple[str, ...]) -> None:
    assert may_have(frozenset(roles)) == has
