"""`vialtrace label render`: fields in a file, a label out, or the words that say what is wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from labels import KINDS, Label, LabelIncomplete, LabelRefused, render
from labels.reading import from_json
from tests.labels.examples import EXAMPLES, bag

DOCUMENTED = Path(__file__).parents[2] / "docs" / "labels"


def as_json(label: Label) -> dict[str, Any]:
    def plain(value: object) -> object:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, date):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value

    return {one.name: plain(getattr(label, one.name)) for one in dataclasses.fields(label)}


def kind_of(label: Label) -> str:
    return next(name for name, kind in KINDS.items() if kind.label is type(label))


def run(tmp_path: Path, kind: str, fields: object, out: str, *more: str) -> Result:
    source = tmp_path / "fields.json"
    source.write_text(fields if isinstance(fields, str) else json.dumps(fields), encoding="utf-8")
    return CliRunner().invoke(
        main, ["label", "render", kind, "--from", str(source), "--out", str(tmp_path / out), *more]
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_label_can_be_written_as_json_and_read_back(name: str) -> None:
    label, _ = EXAMPLES[name]

    assert from_json(kind_of(label), json.dumps(as_json(label))) == label


@pytest.mark.parametrize("out", ["label.pdf", "label.png", "LABEL.PNG"])
def test_a_label_is_written_as_asked(tmp_path: Path, out: str) -> None:
    answer = run(tmp_path, "iv_bag", as_json(bag()), out, "--json", "--dpi", "300", "--stock", "101.6x76.2")

    meant = render(bag(), dpi=300)
    written = (tmp_path / out).read_bytes()
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) == {
        "ok": True,
        "kind": "iv_bag",
        "out": str(tmp_path / out),
        "sha256": hashlib.sha256(written).hexdigest(),
        "codes": [{"field": "code", "data": "%VT-F-4M8D0ZRWP-1%", "aim": "]d1"}],
    }
    assert written == (meant.pdf if out.endswith("pdf") else meant.png)
    assert hashlib.sha256(meant.pdf).hexdigest() == meant.sha256


@pytest.mark.parametrize("source", sorted(DOCUMENTED.glob("*.json")), ids=lambda source: source.stem)
def test_the_examples_of_the_documentation_draw_their_kind(tmp_path: Path, source: Path) -> None:
    fields = source.read_text(encoding="utf-8")

    answer = run(tmp_path, source.stem, fields, "label.zpl", "--json")

    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["codes"][0]["field"] == "code"


def test_every_kind_has_its_row_in_the_documentation() -> None:
    page = (DOCUMENTED.parent / "labels.md").read_text(encoding="utf-8")

    assert [kind for kind in KINDS if f"| `{kind}` | " not in page] == []


def test_the_cards_need_no_fields(tmp_path: Path) -> None:
    answer = run(tmp_path, "command_cards", {}, "cards.pdf")

    assert answer.exit_code == 0
    assert "13 symbols read back" in answer.stdout
    assert (tmp_path / "cards.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hazard_line": None}, "hazard_line"),
        ({"use_before": None}, "use_before"),
        ({"dose": "much"}, "dose"),
        ({"dose": True}, "dose"),
        ({"dose": float("inf")}, "dose"),
        ({"dose": "0"}, "dose"),
        ({"use_before": "2026-11-24T09:05"}, "use_before"),
        ({"use_before": "tomorrow"}, "use_before"),
        ({"copy": "one"}, "copy"),
        ({"warnings": "one"}, "warnings"),
        ({"hazardous": "no"}, "hazardous"),
        ({"patient_name": 7}, "patient_name"),
        ({"patient": "Ann"}, "patient"),
        ({"patient_name": "A\u202eB"}, "patient_name"),
        ({"pharmacy": "x" * 400}, "pharmacy"),
    ],
)
def test_what_is_wrong_is_said_with_its_field_and_nothing_is_written(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    answer = run(tmp_path, "iv_bag", as_json(bag()) | change, "label.pdf", "--json")

    said = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (said["ok"], said["field"]) == (False, field)
    assert said["says"] in answer.stderr
    assert not (tmp_path / "label.pdf").exists()


def test_a_missing_field_is_named() -> None:
    fields = as_json(bag())
    del fields["use_before"]

    with pytest.raises(LabelIncomplete) as missing:
        from_json("iv_bag", json.dumps(fields))

    assert missing.value.field == "use_before"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\x00", "1" * 5000, "[" * 100_000])
def test_what_is_no_object_of_fields_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LabelRefused):
        from_json("iv_bag", text)

    assert run(tmp_path, "iv_bag", text, "label.pdf").exit_code == 1


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fields.json").write_bytes(b'{"drug": "\xff"}')
    asked = ["label", "render", "iv_bag", "--from", str(tmp_path / "fields.json"), "--out", str(tmp_path / "label.pdf")]

    answer = CliRunner().invoke(main, asked)

    assert answer.exit_code == 1
    assert "UTF-8" in answer.stderr


@pytest.mark.parametrize(("kind", "out"), [("iv_bag", "label.svg"), ("ivbag", "label.pdf")])
def test_asking_wrongly_ends_with_two(tmp_path: Path, kind: str, out: str) -> None:
    assert run(tmp_path, kind, as_json(bag()), out).exit_code == 2


def test_numbers_may_be_plain_and_keep_every_digit() -> None:
    fields = json.dumps(as_json(bag())).replace('"298.5"', "298.5").replace('"970"', "970")

    assert from_json("iv_bag", fields) == bag()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    answer = run(tmp_path, "iv_bag", as_json(bag()), "no/such/folder/label.pdf")

    assert answer.exit_code == 1
    assert "could not read or write" in answer.stderr


@pytest.mark.parametrize(
    "written", ['"1_000"', '"\uff19\uff17\uff10"', '" 970 "', '"9.7E2"', "9.7E2", '"NaN"', '"970,0"', '".5"']
)
def test_i32_an_amount_is_a_plain_decimal_number_or_no_label(written: str) -> None:
    fields = json.dumps(as_json(bag())).replace('"970"', written)
    with pytest.raises(LabelRefused, match="plain decimal number") as refused:
        from_json("iv_bag", fields)
    assert refused.value.field == "dose"


def test_a_number_is_no_text() -> None:
    fields = json.dumps(as_json(bag())).replace(json.dumps(bag().drug), "9.5")
    with pytest.raises(LabelRefused, match="must be text"):
        from_json("iv_bag", fields)
