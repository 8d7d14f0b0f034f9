"""Every export is an act of the record, on a page for quality assurance; page and command line share one path."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from app.cli.record import record as record_command
from app.desk import access
from app.export.recorded import Recorded, exports
from app.record.bundle_check import verify_bundle
from tests.export.asking import csv_rows, post
from tests.people.cast import ADA, ANN, BO, LEE, PAM, UNA, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk


def recorded(pharmacy: Pharmacy) -> list[Recorded]:
    with pharmacy.house.store.reading() as conn:
        return [one for _, one in exports(conn, pharmacy.house.settings.site)]


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet", "fhir"])
def test_an_export_is_recorded_with_the_digest_of_the_very_file(pharmacy: Pharmacy, format: str) -> None:
    answer = post(at_desk(pharmacy, UNA), format=format, rows="events", patients="pseudonym", drug="cyclo")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(answer.data)))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="DEMO-vialtrace-')
    (one,) = recorded(pharmacy)
    said = one.export
    assert (one.who, said.format, said.filter, said.patients, said.preparations) == (
        UNA.id, format, "drug contains cyclo", "pseudonym", 3,
    )  # fmt: skip
    assert (said.sha256, said.size) == (sha256(answer.data).hexdigest(), len(answer.data))
    if format == "csv":
        assert said.rows == len(csv_rows(answer.data))


@pytest.mark.parametrize("kind", ["pdf", "csv", "bundle"])
def test_what_is_taken_of_one_preparation_is_recorded_too(pharmacy: Pharmacy, closed: Making, kind: str) -> None:
    for member, patients in ((PAM, "named"), (UNA, "masked")):
        answer = at_desk(pharmacy, member).get(f"/record/{closed.id}/{kind}")
        assert answer.status_code == 200
        said = recorded(pharmacy)[0]
        assert (said.who, said.export.format, said.export.preparation, said.export.patients) == (
            member.id, kind, closed.id, patients,
        )  # fmt: skip
        assert said.export.sha256 == sha256(answer.data).hexdigest()
    with pharmacy.house.store.reading() as conn:
        seen = [(one.who, one.what) for one in access.of_preparation(conn, closed.id)]
    assert seen == [(PAM.id, f"record {kind}"), (UNA.id, f"record {kind}")]


def test_the_page_shows_who_took_what_away(pharmacy: Pharmacy, closed: Making) -> None:
    answer = post(at_desk(pharmacy), format="csv", rows="weighings", patients="named", outcome="released")
    at_desk(pharmacy, ANN).get(f"/record/{closed.id}/pdf")
    page = at_desk(pharmacy, UNA).get("/exports").text
    for words in ("Pam Q.", "one row a weighing", "outcome released", "named", sha256(answer.data).hexdigest()):
        assert words in page, words
    assert "Ann T." in page
    assert f"preparation {closed.id}" in page
    assert "Marta" not in page


def test_q32_an_export_with_names_notes_whose_they_were_and_one_without_notes_none(
    pharmacy: Pharmacy, closed: Making, waiting: Making
) -> None:
    def openings() -> list[access.Opening]:
        with pharmacy.house.store.reading() as conn:
            return [one for one in access.of_preparation(conn, "") if one.what.startswith("export")]

    post(at_desk(pharmacy), format="csv", patients="pseudonym")
    assert openings() == []
    post(at_desk(pharmacy), format="fhir", patients="named")
    (one,) = openings()
    assert (one.who, one.what) == (PAM.id, "export fhir")
    assert {closed.p.patient, waiting.p.patient} <= set(one.patients)


@pytest.mark.parametrize("member", [UNA, ADA])
def test_q32_quality_assurance_and_administrator_cannot_take_names_away(pharmacy: Pharmacy, member: Member) -> None:
    client = at_desk(pharmacy, member)
    assert 'value="named"' not in client.get("/exports").text
    refused = post(client, format="csv", patients="named", drug="cyclo")
    assert (refused.status_code, "may not take patients" in refused.text) == (422, True)
    assert 'value="cyclo"' in refused.text, "what was filled in comes back"
    assert recorded(pharmacy) == []
    assert b"Marta" not in post(client, format="csv").data


def test_others_have_no_exports(pharmacy: Pharmacy) -> None:
    tablet = pharmacy.client()
    sign_in_station(tablet, ANN)
    for client in (tablet, at_desk(pharmacy, BO), at_desk(pharmacy, LEE)):
        assert client.get("/exports").status_code == 403
    assert pharmacy.client().get("/exports").status_code == 302


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"first": "24.11.2026"}, "Write days as 2026-11-24: 24.11.2026 is none"),
        ({"first": "2026-11-24", "last": "2026-11-23"}, "The last day is before the first"),
        ({"status": "nonsense"}, "Choose state and outcome"),
        ({"format": "docx"}, "Choose a format"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_words(pharmacy: Pharmacy, given: dict[str, str], says: str) -> None:
    refused = post(at_desk(pharmacy), **given)
    assert (refused.status_code, says in refused.text, recorded(pharmacy)) == (422, True, [])


def test_a_form_of_another_site_exports_nothing(pharmacy: Pharmacy) -> None:
    client = at_desk(pharmacy)
    assert client.post("/exports", data={"format": "csv"}).status_code == 400
    assert recorded(pharmacy) == []


def test_nothing_of_an_export_stays_on_the_server(pharmacy: Pharmacy, closed: Making) -> None:
    before = {path for path in pharmacy.house.settings.data_dir.rglob("*") if path.is_file()}
    client = at_desk(pharmacy)
    post(client, format="csv", patients="named")
    client.get(f"/record/{closed.id}/bundle")
    after = {path for path in pharmacy.house.settings.data_dir.rglob("*") if path.is_file()}
    assert {path.name for path in after - before} <= {"pseudonym_key", "vialtrace.db-wal", "vialtrace.db-shm"}


def test_q46_nothing_of_another_site_is_handed_out(pharmacy: Pharmacy, waiting: Making) -> None:
    from dataclasses import replace

    from app.record import views

    def move(conn: object) -> None:
        row = views.get_preparation(conn, waiting.id)  # type: ignore[arg-type]  # a connection
        assert row is not None
        views.put_preparation(conn, replace(row, site="EAST"))  # type: ignore[arg-type]  # as above

    pharmacy.house.store.write(move)
    client = at_desk(pharmacy)
    photo = waiting.shots["staged"]
    for tail in ("", "/pdf", "/csv", "/bundle", f"/photo/{photo}/thumb"):
        assert client.get(f"/record/{waiting.id}{tail}").status_code == 404, tail
    assert waiting.id not in post(client, format="csv", patients="named").text
    assert recorded(pharmacy)[0].export.preparations == 2


# --- the command line ---


def run(pharmacy: Pharmacy, *words: str) -> tuple[int, dict[str, object], str]:
    folder = str(pharmacy.house.settings.data_dir)
    done = CliRunner().invoke(record_command, ["export", "--data-dir", folder, "--json", *words])
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr


def test_the_command_line_writes_the_very_bytes_of_the_page(
    pharmacy: Pharmacy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIALTRACE_DEMO", "true")
    page = post(at_desk(pharmacy), format="csv", rows="ingredients", outcome="released").data
    pharmacy.house.store.close()
    out = tmp_path / "2026.csv"
    code, said, err = run(
        pharmacy, "--format", "csv", "--rows", "ingredients", "--outcome", "released", "--out", str(out), "--who", "una"
    )
    assert (code, err, out.read_bytes() == page) == (0, "", True)
    assert (said["sha256"], said["preparations"]) == (sha256(page).hexdigest(), 1)
    code, _, err = run(pharmacy, "--format", "csv", "--out", str(out))
    assert (code, "exists already" in err) == (2, True)


def test_the_command_line_prints_the_paper_without_a_name_unless_asked(
    pharmacy: Pharmacy, closed: Making, tmp_path: Path
) -> None:
    from tests.export.conftest import pdf_text

    pharmacy.house.store.close()
    for how, named in (((), False), (("--patients", "named"), True)):
        out = tmp_path / f"{named}.pdf"
        code, _, err = run(pharmacy, "--format", "pdf", "--preparation", closed.id, "--out", str(out), *how)
        assert (code, err) == (0, "")
        assert ("Marta" in pdf_text(out.read_bytes())) is named
    code, _, err = run(pharmacy, "--format", "pdf", "--preparation", "NOSUCH00", "--out", str(tmp_path / "x.pdf"))
    assert (code, "there is no preparation" in err) == (2, True)


def test_while_the_server_runs_the_command_line_exports_nothing_it_could_not_record(
    pharmacy: Pharmacy, tmp_path: Path
) -> None:
    out = tmp_path / "x.csv"
    code, _, err = run(pharmacy, "--format", "csv", "--out", str(out))
    assert (code, "Export from its page" in err, out.exists(), recorded(pharmacy)) == (2, True, False, [])


# --- the bundle over the web ---


def bundle(client: FlaskClient, made: Making, to: Path) -> Path:
    answer = client.get(f"/record/{made.id}/bundle")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    to.write_bytes(answer.data)
    return to


def test_a_bundle_from_the_page_verifies_and_leaves_names_behind_for_quality_assurance(
    pharmacy: Pharmacy, closed: Making, tmp_path: Path
) -> None:
    import zipfile

    whole = bundle(at_desk(pharmacy), closed, tmp_path / "whole.zip")
    masked = bundle(at_desk(pharmacy, UNA), closed, tmp_path / "masked.zip")
    final = f"blobs/{closed.shots['final']}"
    for path, there in ((whole, True), (masked, False)):
        verdict = verify_bundle(path)
        assert (verdict.ok, verdict.events, verdict.photos) == (True, closed.p.version, 4), verdict.faults
        with zipfile.ZipFile(path) as box:
            assert (final in box.namelist()) is there
            inside = b"".join(box.read(name) for name in box.namelist())
        assert (b"Marta" in inside) is there
        assert bool(verdict.notices) is not there
