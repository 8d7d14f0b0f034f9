"""Every row of vectors.jsonl, read by the function and by the command."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from devices.scanner.parse import parse, parse_several

ROWS = [json.loads(line) for line in Path(__file__).with_name("vectors.jsonl").read_text("utf-8").split("\n") if line]

EVERY_OBJECT = {
    *("status", "form", "aim", "error", "message", "elements", "gtin14", "ndc10", "ndc11_candidates", "lot", "serial"),
    *("expiry", "expired", "flags", "names_product"),
}


def differing(expected: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (value, answer.get(name, "missing"))
        for name, value in expected.items()
        if name not in answer or (set(answer[name]) != set(value) if name == "flags" else answer[name] != value)
    }


def escaped(code: str) -> str:
    text = code.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
    return "".join(f"\\x{ord(c):02x}" if c < " " else c for c in text)


def test_there_are_131_rows():
    assert len(ROWS) == 131


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_reading_means_what_its_row_says(row: dict[str, Any]):
    options = row["options"]
    read = parse_several if isinstance(row["input"], list) else parse
    answer = read(
        row["input"],
        as_of=date.fromisoformat(options["as_of"]),
        as_=options.get("as", "scan"),
        gs=options.get("gs"),
    ).to_json()
    assert differing(row["expected"], answer) == {}
    assert set(answer) >= EVERY_OBJECT


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["expected"]["status"] == "error"], ids=lambda row: row["id"]
)
def test_a_refused_code_carries_nothing_and_says_what_to_do(row: dict[str, Any]):
    options = row["options"]
    read = parse_several if isinstance(row["input"], list) else parse
    answer = read(row["input"], as_of=date(2026, 11, 22), as_=options.get("as", "scan"), gs=options.get("gs"))
    assert (answer.gtin14, answer.lot, answer.serial, answer.expiry, answer.elements) == (None, None, None, None, ())
    assert not answer.names_product
    assert answer.message
    assert len(answer.message.split()) > 5


def test_the_command_answers_every_row_in_order():
    groups: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = defaultdict(list)
    for row in ROWS:
        groups[tuple(sorted(row["options"].items()))].append(row)
    seen = 0
    for options, rows in groups.items():
        arguments = [part for name, value in options for part in (f"--{name.replace('_', '-')}", value)]
        inputs = [row["input"] if isinstance(row["input"], list) else [row["input"]] for row in rows]
        text = "".join("\t".join(escaped(code) for code in codes) + "\n" for codes in inputs)
        result = CliRunner().invoke(main, ["barcode", "parse", "--json", *arguments], input=text.encode())
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        assert [answer["line"] for answer in answers] == list(range(1, len(rows) + 1))
        assert {row["id"]: differing(row["expected"], a) for row, a in zip(rows, answers, strict=True)} == {
            row["id"]: {} for row in rows
        }
        assert result.exit_code == (1 if any(row["expected"]["status"] == "error" for row in rows) else 0)
        seen += len(rows)
    assert seen == 131


def test_today_is_the_sites_own_day(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.barcode.now", lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    code = b"]d2010031001995550617261122\n"

    def expired(**site: str) -> bool:
        result = CliRunner().invoke(main, ["barcode", "parse", "--json"], input=code, env=site)
        assert result.exit_code == 0, result.output
        return bool(json.loads(result.stdout)["expired"])

    assert not expired(VIALTRACE_SITE_ZONE="America/Chicago")
    assert expired(VIALTRACE_SITE_ZONE="UTC")
    nowhere = CliRunner().invoke(main, ["barcode", "parse"], input=code, env={"VIALTRACE_SITE_ZONE": "Nowhere"})
    assert (nowhere.exit_code, "Nowhere" in nowhere.stderr) == (2, True)
