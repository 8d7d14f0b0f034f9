"""The compounding record: every word that R48 asks for, PDF/A by its structure, and the code that proves it later."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import ImageCms

from app.cli.record import record as record_command
from app.desk.pictures import Copies
from app.desk.viewers import Viewer
from app.export import archival
from app.export.paper import CHECKPOINT, EVENTS, compounding_record
from app.export.paper_drawing import Print, printable
from app.export.single import Rooms, sheet_of
from app.record import canonical
from labels import typefaces
from tests.export.conftest import pdf_text
from tests.people.cast import PAM, UNA
from tests.record import rewriting
from tests.record.rewriting import Rows
from tests.record.signing import Office
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk


def paper(pharmacy: Pharmacy, made: Making) -> bytes:
    return at_desk(pharmacy).get(f"/record/{made.id}/pdf").data


def as_json(pharmacy: Pharmacy, made: Making) -> dict[str, object]:
    return dict(at_desk(pharmacy).get(f"/record/{made.id}", headers={"Accept": "application/json"}).json)


def in_a_line(text: str) -> str:
    return " ".join(text.split())


def test_r48_the_paper_names_everything_that_a_compounding_record_must(pharmacy: Pharmacy, closed: Making) -> None:
    text = in_a_line(pdf_text(paper(pharmacy, closed)))
    for words in (
        "cyclophosphamide 970 mg",
        "970 mg in dextrose 5 % 250 mL, solution in a bag for intravenous use",
        f"internal identification {closed.id}",
        "total quantity 1 bag, 298.5 mL by plan",
        "final yield 1 bag, 968.5 mg by weighed draws, container gained 48.70 g",
        "final concentration 3.25 mg/mL",
        "prepared by Ann T.",
        "verified by Pam Q.",
        "use before 20",
        "storage and stability 24 h at 20 to 25 °C",
        "Baxter 10019-955-50 AB123 2027-03-31 drug 500 mg in the vial",
        "diluent 50.03 mL weighed in",
        "base 250 mL",
        "dissolved and clear",
        "recipe cyclophosphamide-20-bag v7, signed Pam Pharmacist and Quin Pharmacist",
        "48.42 mL × 20 mg/mL; rounding +0.00 %, compounding −0.16 %",
        "WRONG STRENGTH",
    ):
        assert words in text, words
    zone = pharmacy.house.settings.zone
    began, met = closed.p.started_at, closed.p.entries["bag-after"].at
    assert began is not None
    times = " to ".join(f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (began, met))
    assert f"compounded {times}" in text


def test_q10_a_value_that_was_taken_back_is_marked_and_counted(
    pharmacy: Pharmacy, closed: Making, waiting: Making
) -> None:
    lines = as_json(pharmacy, waiting)["lines"]
    assert isinstance(lines, list)
    back = next(line for line in lines if line["kind"] == "SteppedBack")
    undone = [line["version"] for line in lines if line["undone_by"] == back["version"]]
    assert undone == [back["version"] - 1]
    text = in_a_line(pdf_text(paper(pharmacy, waiting)))
    assert f"CHANGED SINCE FIRST ENTRY: taken back by event {back['version']}" in text
    assert "values changed since first entry 1: each is marked" in text
    assert "CHANGED since first entry" in at_desk(pharmacy).get(f"/record/{waiting.id}").text
    corrected = in_a_line(pdf_text(paper(pharmacy, closed)))
    assert "CHANGED SINCE FIRST ENTRY: see event 45" in corrected
    assert "old “BSC-2”, new “BSC-2, left side”" in corrected
    untouched = Seeded(pharmacy.house, furnished=True).begin("DEMO1079")
    assert "values changed since first entry none" in in_a_line(pdf_text(paper(pharmacy, untouched)))


def test_q18_screen_paper_and_json_show_the_same_name_time_and_meaning(pharmacy: Pharmacy, closed: Making) -> None:
    signed = as_json(pharmacy, closed)["signatures"]
    assert isinstance(signed, list)
    assert [(one["signer"], one["title"]) for one in signed] == [
        ("Pam Q.", "Signed: order verified"),
        ("Pam Q.", "Signed: approved for release"),
    ]
    text, page = in_a_line(pdf_text(paper(pharmacy, closed))), at_desk(pharmacy).get(f"/record/{closed.id}").text
    zone = pharmacy.house.settings.zone
    for one in signed:
        local = datetime.fromisoformat(one["at"]).astimezone(zone)
        assert f"Pam Q. {local:%Y-%m-%d %H:%M:%S} {one['title']}" in text
        assert f"{local:%Y-%m-%d %H:%M}" in page
        assert f"Pam Q.: {one['title'].removeprefix('Signed: ')}" in page


def test_the_paper_has_the_structure_of_pdf_a_3b(pharmacy: Pharmacy, closed: Making, office: Office) -> None:
    office.sign()
    with pikepdf.open(io.BytesIO(paper(pharmacy, closed))) as pdf:
        assert not pdf.is_encrypted
        meta = pdf.open_metadata()
        said = {key: meta[key] for key in ("pdfaid:part", "pdfaid:conformance", "dc:title", "pdf:Producer")}
        made = datetime.fromisoformat(meta["xmp:CreateDate"])
        software = pharmacy.house.settings.software
        title = f"Compounding record {closed.id}"
        assert said == {
            "pdfaid:part": "3", "pdfaid:conformance": "B", "dc:title": title, "pdf:Producer": software,
        }  # fmt: skip
        assert (str(pdf.docinfo.Title), str(pdf.docinfo.Producer)) == (title, software)
        assert str(pdf.docinfo.CreationDate) == f"D:{made.astimezone(UTC):%Y%m%d%H%M%S}Z"
        assert "/Filter" not in pdf.Root.Metadata, "a reader finds the metadata without unpacking"
        (intent,) = pdf.Root.OutputIntents
        assert (str(intent.S), int(intent.DestOutputProfile.N)) == ("/GTS_PDFA1", 3)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(intent.DestOutputProfile.read_bytes()))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
        assert {"/ID"} <= set(pdf.trailer.keys())
        keys = {str(key) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) for key in one}
        assert not keys & {"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/XFA", "/Encrypt", "/LZWDecode"}
        assert sorted(str(one.UF) for one in pdf.Root.AF) == [CHECKPOINT, EVENTS]
        for spec in pdf.Root.AF:
            assert (str(spec.AFRelationship), bool(str(spec.Desc))) == ("/Data", True)
            assert {"/Subtype", "/Params"} <= set(spec.EF.F.keys())


def test_every_font_that_a_page_writes_with_is_in_the_file(pharmacy: Pharmacy, closed: Making) -> None:
    with pikepdf.open(io.BytesIO(paper(pharmacy, closed))) as pdf:
        assert len(archival.fonts_of(pdf)) >= 2
        assert all(archival.is_embedded(font) for font in archival.fonts_of(pdf))
        assert all("/ToUnicode" in font for font in archival.fonts_of(pdf))
        for page in pdf.pages:
            named = {str(one.operands[0]) for one in pikepdf.parse_content_stream(page) if str(one.operator) == "Tf"}
            assert named == set(page.resources.Font.keys())


def test_a_font_that_is_not_embedded_is_refused() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 100, "Helvetica")
    canvas.save()
    with pytest.raises(ValueError, match="not embedded: /Helvetica"):
        archival.archive(out.getvalue(), archival.Described("t", "a", "s", datetime(2026, 3, 2, tzinfo=UTC)))


def test_the_events_inside_the_paper_give_the_digest_at_its_foot(pharmacy: Pharmacy, closed: Making) -> None:
    with pikepdf.open(io.BytesIO(paper(pharmacy, closed))) as pdf:
        lines = pdf.attachments[EVENTS].get_file().read_bytes().splitlines()
    digest = canonical.NOTHING_BEFORE
    for line in lines:
        digest = canonical.event_digest(digest, line)
    assert (len(lines), digest.hex()) == (closed.p.version, closed.p.digest)
    assert json.loads(lines[-1])["data"]["new"] == "BSC-2, left side"


def codes_on(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        pictures = [page.render(scale=3).to_pil() for page in document]
    finally:
        document.close()
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def verify(pharmacy: Pharmacy, *words: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(
        record_command, ["verify", "--data-dir", str(pharmacy.house.settings.data_dir), "--json", *words]
    )
    return done.exit_code, json.loads(done.stdout)


def test_q60_the_code_on_the_paper_finds_a_record_that_was_rewritten_whole(
    pharmacy: Pharmacy, closed: Making, office: Office, tmp_path: Path
) -> None:
    """An administrator edits one event, makes every digest fit and takes the checkpoints away; the paper is in a drawer."""
    office.sign()
    (text,) = codes_on(paper(pharmacy, closed))
    with pikepdf.open(io.BytesIO(paper(pharmacy, closed))) as pdf:
        assert pdf.attachments[CHECKPOINT].get_file().read_bytes().decode() == text
    drawer = tmp_path / "drawer"
    drawer.mkdir()
    (drawer / "checkpoint.note").write_text(text, encoding="utf-8")
    keys = ("--keys", str(office.shelf / "keys"), "--checkpoints", str(drawer))
    pharmacy.house.store.close()
    code, said = verify(pharmacy, *keys)
    assert (code, said["ok"], said["trusted_until"]) == (0, True, text.split("\n\n")[0].splitlines()[-1])
    for path in (pharmacy.house.settings.data_dir / "checkpoints").glob("*.note"):
        path.unlink()
    rewriting.rewrite(pharmacy.house.store.path, other_lot, recompute=True)
    code, said = verify(pharmacy, "--keys", str(office.shelf / "keys"))
    assert code == 0, "without the paper nobody can tell"
    code, said = verify(pharmacy, *keys)
    assert (code, said["ok"]) == (1, False)


def other_lot(rows: Rows) -> Rows:
    for row in rows:
        row["body"] = row["body"].replace('"lot":"AB123"', '"lot":"AB999"')
    return rows


def test_a_paper_printed_too_early_says_what_its_checkpoint_does_not_cover(
    pharmacy: Pharmacy, closed: Making, office: Office
) -> None:
    assert "No checkpoint of this site has been signed yet" in in_a_line(pdf_text(paper(pharmacy, closed)))
    assert codes_on(paper(pharmacy, closed)) == []
    office.sign()
    assert "It covers all 45 events of this record." in in_a_line(pdf_text(paper(pharmacy, closed)))
    from workflows import commands as asked

    closed.ask(asked.Correct(6, "gown", "gown, second size", "the size was left out"))
    assert "The last 1 events of this record came after it." in in_a_line(pdf_text(paper(pharmacy, closed)))


def test_a_checkpoint_that_does_not_fit_the_record_is_cried_out_on_the_paper(
    pharmacy: Pharmacy, closed: Making, office: Office, tmp_path: Path
) -> None:
    office.sign()
    folder = pharmacy.house.settings.data_dir / "checkpoints"
    (note,) = folder.glob("*.note")
    lines = note.read_text(encoding="utf-8").split("\n")
    lines[3] = "A" * 43 + "="
    note.write_text("\n".join(lines), encoding="utf-8")
    assert "IT DOES NOT FIT THIS RECORD" in in_a_line(pdf_text(paper(pharmacy, closed)))


def test_qa_gets_the_paper_without_a_name_and_without_the_photo_that_shows_one(
    pharmacy: Pharmacy, closed: Making
) -> None:
    content = at_desk(pharmacy, UNA).get(f"/record/{closed.id}/pdf").data
    text = pdf_text(content)
    assert ("Marta" in text, "90000101" in text, "M.E., ..0101" in text) == (False, False, True)
    assert b"Marta" not in content
    assert text.count("(picture held back, damaged or purged)") == 1
    with pikepdf.open(io.BytesIO(content)) as pdf:
        inside = b"".join(one.get_file().read_bytes() for one in pdf.attachments.values())
    assert b"Marta" not in inside


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Müller", "Müller"), ("李", "\\u674e"), ("a\u202eb", "a\\u202eb"), ("\U0001f489", "\\U0001f489")],
)
def test_q50_a_character_without_a_shape_is_printed_as_its_code(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert typefaces.missing(printable(name), "condensed") is None


def test_equal_papers_have_equal_bytes(pharmacy: Pharmacy, closed: Making) -> None:
    made = Print("Main", ZoneInfo("UTC"), datetime(2026, 3, 2, tzinfo=UTC), "Pam Q.", "vialtrace 0", demo=True)
    rooms = Rooms(pharmacy.house.store, pharmacy.house.settings, pharmacy.house.blobs, Copies())
    sheet = sheet_of(rooms, closed.id, Viewer(PAM.id, PAM.name, frozenset(PAM.roles)))
    assert sheet is not None
    one, other = (compounding_record(sheet, made) for _ in range(2))
    later = compounding_record(sheet, replace(made, at=datetime(2026, 3, 3, tzinfo=UTC)))
    assert (one == other, one == later) == (True, False)
