"""Orders that cannot be made, sent into a demo pharmacy by the command: a clear word on each, and nothing lost."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app import clock
from app.demo.sow import sow_folder
from app.desk import orders
from app.interfaces.demo import demo_orders
from app.interfaces.tables import message
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import load_settings
from tests.serving.running import in_process, run

DUE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ORDERS = {name: raw.decode() for name, raw in demo_orders(DUE, ZoneInfo("America/Chicago"))}
CYCLO, GEM = ORDERS["1_cyclophosphamide.hl7"], ORDERS["3_gemcitabine.hl7"]


def changed(text: str, control_id: str, *changes: tuple[str, str]) -> bytes:
    """Return a demo order as a new message about a new order, with texts replaced; each must stand in it."""
    own = (("DEMO00000", f"{control_id}0000"), ("DEMO100", f"{control_id}100"))
    for old, new in (*own, *changes):
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


STRANGER = (("cyclophosphamide", "zorblaximab"), ("3002^", "99999^"))
BAD: dict[str, tuple[bytes, int, str]] = {
    "no HL7 at all": (b"A fax: please make 970 mg of cyclophosphamide\r\n", 1, "NOT_HL7: The first segment"),
    "cut in the middle": (changed(CYCLO, "CUT")[:700], 1, "Order NOT stored"),
    "a dose without unit": (
        changed(CYCLO, "UNIT", ("|970||mg^milligram^UCUM|INF", "|970|||INF")),
        1,
        "AMOUNT_MISSING: RXE-5 is empty. Order NOT stored. Correct RXE-5 and send again.",
    ),
    "a drug not in the formulary": (changed(CYCLO, "DRUG", *STRANGER), 0, "WAITS: To be cleared by a pharmacist: A drug"),
    "a recipe without density": (changed(GEM, "DENS"), 0, "WAITS: No density is entered for gemcitabine"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sown")
    assert sow_folder(folder / "demo")
    return folder


@pytest.mark.parametrize(("content", "code", "says"), BAD.values(), ids=BAD.keys())
def test_it_is_answered_in_words_and_the_message_is_kept(
    sown: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, code: int, says: str
) -> None:
    (sown / "order.hl7").write_bytes(content)
    before = kept(sown)
    result = in_process(sown, monkeypatch, "order", "import", "order.hl7", DATA_DIR="demo", DEMO="true")
    assert result.exit_code == code, result.output
    assert says in result.stdout
    assert result.stderr == ""
    new = [one for one in kept(sown) if one not in before]
    assert len(new) == 1
    assert new[0].strip() == content.strip()


def kept(folder: Path) -> list[bytes]:
    """Return every message in the record, byte for byte."""
    settings = load_settings(data_dir=folder / "demo", database_url="", demo=True)
    with closing(open_store(settings)) as store, store.reading() as conn:
        names = conn.execute(select(message.c.blob).order_by(message.c.seq)).scalars().all()
        found = [Blobs(settings.photos).get(name, conn) for name in names]
    assert all(isinstance(one, bytes) for one in found)
    return [one for one in found if isinstance(one, bytes)]


def test_the_order_list_says_what_each_waits_for(sown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the desk shows it; the drug that nobody knows and the density that nobody entered, and no dose without unit."""
    for content, _, _ in BAD.values():
        (sown / "again.hl7").write_bytes(content)
        in_process(sown, monkeypatch, "order", "import", "again.hl7", DATA_DIR="demo", DEMO="true")
    settings = load_settings(data_dir=sown / "demo", database_url="", demo=True)
    with closing(open_store(settings)) as store, store.reading() as conn:
        listed = {one.order.key.placer: one for one in orders.listing(conn, settings.site, clock.now(), masked=True)}
    assert {"DRUG1001", "DENS1003"} <= set(listed)
    assert not {"CUT1001", "UNIT1001"} & set(listed)
    assert (listed["DRUG1001"].stage, listed["DENS1003"].stage) == ("clear", "waits")
    assert "it must be identified by hand" in listed["DRUG1001"].waits
    assert "A pharmacist enters and signs it; a second person signs too." in listed["DENS1003"].waits
    assert (listed["DRUG1001"].preparation, listed["DENS1003"].preparation) == ("", "")


def test_a_file_that_is_not_there_is_asked_wrongly_and_one_that_is_no_order_is_refused(sown: Path) -> None:
    (sown / "order.csv").write_text("drug,dose\ncyclophosphamide,970\n")
    (sown / "order.pdf").write_bytes(b"%PDF-1.7")
    for name, code, says in (
        ("gone.hl7", 2, "cannot be read: No such file"),
        ("order.csv", 1, "NO_PATIENT: mrn: the patient's record number is not there."),
        ("order.pdf", 1, "NOT_HL7: The first segment is not a readable MSH."),
    ):
        result = run(sown, "order", "import", name, DATA_DIR="demo", DEMO="true")
        assert result.returncode == code, result.stdout + result.stderr
        assert says in result.stdout + result.stderr
