"""`vialtrace order import`: files, frames and batches in; lines and exit codes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import main
from app.interfaces.demo import demo_orders
from app.interfaces.files import split_file
from app.interfaces.profile import ProfileError, load_profile, read_profile
from app.record.sqlite import read_only
from app.record.tables import blob_within
from tests.interfaces.cases import AT, FOLDER, PROFILE, S01, sample


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["order", "import", *map(str, words)])


def file_of(folder: Path, content: bytes, name: str = "order.hl7") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_json_prints_one_object_a_message(tmp_path: Path) -> None:
    result = run(file_of(tmp_path, S01), "--dry-run", "--json", "--profile", FOLDER / "profile_oncehr.json")
    assert result.exit_code == 0
    (line,) = [json.loads(one) for one in result.stdout.splitlines()]
    keys = (
        "source",
        "file",
        "message",
        "control_id",
        "sender",
        "ack",
        "effect",
        "errors",
        "findings",
        "orders",
        "reply",
    )
    assert set(line) == set(keys)
    assert (line["source"], line["message"], line["ack"], line["effect"]) == ("hl7v2", 1, "AA", "created")
    assert line["reply"].endswith("\rMSA|AA|M000001\r")
    assert (line["orders"][0]["dose"], line["orders"][0]["received"]["dose"]) == ("970", {"text": "970", "at": "RXE-3"})


def test_files_see_those_before_them(tmp_path: Path) -> None:
    names = [next(FOLDER.glob(f"{name}*")) for name in ("s01", "s34", "s07", "s36")]
    result = run(*names, "--dry-run", "--json")
    lines = [json.loads(one) for one in result.stdout.splitlines()]
    assert [line["effect"] for line in lines] == ["created", "replayed", "cancelled", "none"]
    assert result.exit_code == 1


def test_people_read_what_was_ordered_and_why_not(tmp_path: Path) -> None:
    result = run(FOLDER / "s36_decimal_comma.hl7", file_of(tmp_path, sample("s57")), "--dry-run")
    assert "RXE-3 has 970,5: use a decimal point" in result.stdout
    assert "cyclophosphamide 970 mg, IV, in dextrose 5 % 250 mL, bag, due 2026-03-11 10:00 CDT" in result.stdout
    assert "BLOCKS ALLERGY_MATCH" in result.stdout
    assert "Marta" not in result.stdout


def test_a_batch_file_is_read_and_a_short_one_is_pointed_out(tmp_path: Path) -> None:
    batch = sample("s46")
    assert run(file_of(tmp_path, batch), "--dry-run").exit_code == 0
    result = run(file_of(tmp_path, batch.replace(b"BTS|2", b"BTS|3")), "--dry-run")
    assert result.exit_code == 1
    assert "the batch says 3 message(s), 2 found" in result.stderr


def test_captured_frames_are_judged_as_they_came(tmp_path: Path) -> None:
    frame = b"\x0b%s\x1c\r"
    content = frame % S01 + b"noise" + frame % sample("s46") + frame % b""
    assert [len(one) for one in split_file(content).messages] == [len(S01), len(sample("s46")), 0]
    result = run(file_of(tmp_path, content), "--dry-run", "--json")
    assert [json.loads(one)["ack"] for one in result.stdout.splitlines()] == ["AA", "AR", "AR"]
    assert "5 byte(s) between frames were skipped" in result.stderr


@pytest.mark.parametrize("dry", [True, False])
def test_i1_a_frame_that_was_cut_off_is_no_message_however_whole_it_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(tmp_path / "data"))
    cut = S01[: S01.index(b"NTE|")]
    file = file_of(tmp_path, b"\x0b" + cut)
    assert split_file(file.read_bytes()).messages == ()
    result = run(file, "--json", *(["--dry-run"] if dry else []))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cut off and is no message" in result.stderr
    if dry:
        assert not (tmp_path / "data" / "vialtrace.db").exists()
        return
    with read_only(tmp_path / "data" / "vialtrace.db") as conn:
        assert [bytes(one) for one in conn.execute(select(blob_within.c.content)).scalars()] == [cut]
    after_a_whole_one = split_file(b"\x0b" + S01 + b"\x1c\r\x0b" + cut)
    assert (after_a_whole_one.messages, after_a_whole_one.cut_off) == ((S01,), cut)


def test_several_messages_in_one_file(tmp_path: Path) -> None:
    second = S01.replace(b"M000001", b"M000002").replace(b"ORD7700123", b"ORD7700124")
    for between in (b"", b"\n\n", b"\r\n "):
        assert len(split_file(S01 + between + second).messages) == 2
    assert run(file_of(tmp_path, S01 + second), "--dry-run").exit_code == 0


def test_without_dry_run_the_order_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(tmp_path / "data"))
    effects = []
    for name in ("s01", "s34", "s07", "s36", "s87"):
        result = run(next(FOLDER.glob(f"{name}*")), "--json")
        line = json.loads(result.stdout)
        assert result.exit_code == (0 if line["ack"] == "AA" else 1)
        effects.append((line["effect"], [one["version"] for one in line["orders"]]))
    assert effects == [("created", [1]), ("replayed", [1]), ("cancelled", []), ("none", []), ("none", [])]


def test_a_dry_run_opens_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(tmp_path / "data"))
    assert run(next(FOLDER.glob("s01*")), "--dry-run").exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_opened_stores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATABASE_URL", "mysql://nowhere/x")
    result = run(next(FOLDER.glob("s01*")))
    assert result.exit_code == 2
    assert "nothing was stored" in result.stderr


def test_what_cannot_be_read_is_exit_2(tmp_path: Path) -> None:
    assert run(tmp_path / "none.hl7", "--dry-run").exit_code == 2
    assert run(file_of(tmp_path, b"{}", "order.json"), "--dry-run").exit_code == 1
    two = [*("--profile", str(FOLDER / "profile_oncehr.json"))]
    assert run(tmp_path, "--dry-run", *two).exit_code == 2
    result = run(file_of(tmp_path, S01), "--dry-run", "--profile", "nobody")
    assert result.exit_code == 2
    assert "oncehr" in result.stderr
    latin = run(file_of(tmp_path, S01), "--dry-run", "--profile", str(file_of(tmp_path, b"\xff{}", "profile.json")))
    assert (latin.exit_code, "is not UTF-8 text" in latin.stderr) == (2, True)


def test_an_empty_file_is_an_empty_message(tmp_path: Path) -> None:
    result = run(file_of(tmp_path, b""), "--dry-run", "--json")
    assert (result.exit_code, json.loads(result.stdout)["errors"][0]["reason"]) == (1, "EMPTY_FRAME")


def test_the_demo_orders_import_from_files(tmp_path: Path) -> None:
    files = [file_of(tmp_path, message, name) for name, message in demo_orders(AT, PROFILE.zone)]
    result = run(*files, "--dry-run", "--json", "--profile", "oncehr")
    assert [json.loads(one)["ack"] for one in result.stdout.splitlines()] == ["AA"] * 10


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x"}', "not json"])
def test_a_document_that_is_no_profile_says_so(text: str) -> None:
    with pytest.raises(ProfileError, match="not a sender profile"):
        read_profile(text)


def test_the_shipped_profile_has_a_row_for_no_ambiguous_unit() -> None:
    units = load_profile("oncehr").units
    assert not {"U", "IU", "u", "units", "MCG", "UG", "cc", "GM"} & set(units)
    assert (units["ug"].factor * 1000, units["g"].factor) == (units["mg"].factor, 1000)


BATCH = "FHS|^~\\&\rBHS|^~\\&\r{}BTS|{}\rFTS|{}\r"
MESSAGE = S01.decode("utf-8")
OTHER = MESSAGE.replace("M000001", "M000002").replace("ORD7700123", "ORD7700124")


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        (BATCH.format(MESSAGE + OTHER, 2, 1), ""),
        (BATCH.format(MESSAGE + OTHER, "", ""), ""),
        (BATCH.format(MESSAGE + "BTS|1\rBHS|^~\\&\r" + OTHER, 1, 2), ""),
        (BATCH.format(MESSAGE + OTHER, "two", 1), "has a BTS-1 that is no number"),
        (BATCH.format(MESSAGE + OTHER, 2, 3), "says 3 batch(es), 1 found"),
        (BATCH.format(MESSAGE + OTHER, 2, 1) + "RXC|A|MESNA^mesna^L|400|mg\r", "lines outside its messages"),
        (f"FHS|^~\\&\rBHS|^~\\&\r{MESSAGE}{OTHER}", "has no end (BTS)"),
    ],
)
def test_i59_a_batch_gives_its_messages_whole_and_says_what_is_not_as_it_says_itself(batch: str, says: str) -> None:
    found = split_file(batch.encode("utf-8"))
    assert [one.strip(b"\r\n") for one in found.messages] == [one.strip().encode() for one in (MESSAGE, OTHER)]
    assert (says in found.trouble, bool(found.trouble)) == (True, bool(says))
