"""`vialtrace image decode`, run as an IT person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol, worn

LABEL = laid(symbol("(01)00363323123451(21)SN1(17)271231(10)LOT7A", FORMATS.DataMatrix, 6), width=1280, height=960)


def run(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-c", "from app.cli import main; main()", "image", "decode", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else []
    return done.returncode, answers, done.stdout + done.stderr


def test_one_object_a_file_in_order_and_exit_1_for_an_unreadable_one(tmp_path: Path):
    (tmp_path / "good.jpg").write_bytes(encoded(LABEL))
    (tmp_path / "dark.png").write_bytes(encoded(worn(LABEL, blur=9, light=0.1), "PNG"))
    (tmp_path / "notes.jpg").write_bytes(b"these are notes")
    files = [str(tmp_path / name) for name in ("good.jpg", "dark.png", "notes.jpg", "missing.jpg", "good.jpg")]
    status, answers, _ = run("--json", "--deadline", "60", *files)
    assert status == 1
    assert [answer["file"] for answer in answers] == files
    assert [answer["verdict"] for answer in answers] == ["read", "none", "unreadable", "unreadable", "read"]
    assert answers[2]["error"] == "not an image"
    assert answers[3]["error"].startswith("cannot be opened")
    good, dark, notes = answers[:3]
    assert set(good) == {"file", "width", "height", "ms", "error", "verdict", "codes", "quality"}
    assert (good["width"], good["height"], good["error"]) == (1280, 960, None)
    (code,) = good["codes"]
    assert set(code) == {"symbology", "aim", "text", "bytes", "corners", "decoders", "sound"}
    assert (code["symbology"], code["aim"], code["sound"]) == ("DataMatrix", "]d2", True)
    assert code["text"] == "010036332312345121SN1\x1d1727123110LOT7A"
    assert bytes.fromhex(code["bytes"]).decode() == code["text"]
    assert [len(corner) for corner in code["corners"]] == [2, 2, 2, 2]
    assert (good["quality"]["verdict"], good["quality"]["why"]) == ("good", [])
    assert set(good["quality"]) == {"sharpness", "p1", "p99", "clipped", "verdict", "why"}
    assert set(dark["quality"]["why"]) == {"blurred", "dark", "flat"}
    assert (notes["codes"], notes["quality"], notes["width"]) == ([], None, None)


def test_all_well_is_exit_0_and_words_without_json(tmp_path: Path):
    (tmp_path / "small.png").write_bytes(encoded(Image.new("L", (300, 200), 90), "PNG"))
    (tmp_path / "label.png").write_bytes(encoded(LABEL, "PNG"))
    status, _, said = run("--deadline", "60", str(tmp_path / "small.png"), str(tmp_path / "label.png"))
    assert status == 0
    assert "none" in said
    assert "read; DataMatrix ]d2" in said


def test_asked_without_a_file_it_is_exit_2():
    assert run()[0] == 2
