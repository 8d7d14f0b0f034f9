"""Readings that are hard on a reader, from the rules of the codes: what names a product, and above all what does not."""

import json
from datetime import date
from pathlib import Path

from devices.scanner.parse import parse, parse_several

ROWS = [json.loads(line) for line in (Path(__file__).parent / "hostile.jsonl").read_text().splitlines()]
TODAY = date(2026, 11, 30)


def test_every_hostile_reading_claims_what_its_rule_allows_and_nothing_else():
    assert len(ROWS) == 201
    wrong = []
    for row in ROWS:
        read = parse_several if isinstance(row["input"], list) else parse
        got = read(row["input"], as_of=TODAY, **row.get("options", {})).to_json()
        wrong += [(row["input"], key, got[key], want) for key, want in row["expected"].items() if got[key] != want]
        if got["status"] == "error":
            wrong += [(row["input"], key) for key in ("gtin14", "lot", "serial", "expiry", "elements") if got[key]]
    assert wrong == []
