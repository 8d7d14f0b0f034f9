"""Every command helps, ends its help with an example, and takes that example as it stands; people and formulary by command."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.catalogue.formulary import drafted
from app.catalogue.load import SEED
from app.catalogue.tables import package
from app.cli import COMMANDS, main
from app.clock import now
from app.people import accounts, competencies, entry
from app.people.door import door_of
from app.record.engine import open_store
from app.settings import load_secrets, load_settings
from tests.laid import lay
from tests.serving.running import plain_environment


def commands(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that does something, with the words that call it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)
        else:
            yield (*words, name), command


EVERY = dict(commands(main))


def test_every_noun_of_the_table_is_there() -> None:
    assert {words[0] for words in EVERY} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_nouns_says_what_the_noun_says_of_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert COMMANDS[name].says == command.get_short_help_str(400)


HEAVY = {
    "alembic": "only to migrate",
    "cv2": "with the first photo",
    "fhir.resources": "with the first FHIR document",
    "flask": "only to serve",
    "numpy": "with the first label or photo",
    "pikepdf": "with the first paper",
    "pyarrow": "with the first Parquet file",
    "reportlab": "with the first label",
    "sqlalchemy": "with the record",
    "webauthn": "with the first passkey",
    "xlsxwriter": "with the first workbook",
    "zxingcpp": "with the first label or photo",
}
"""Packages that take long to load, and when they are."""
ALONE = "import sys, app.cli, labels, devices.camera.quality, devices.scanner.parse; print(*sys.modules)"
OPENED = (
    "import sys; from pathlib import Path; from app import create_app; from app.settings import load_settings; "
    "create_app(load_settings(data_dir=Path(sys.argv[1]))); print(*sys.modules)"
)


@pytest.mark.parametrize(
    ("what", "needs"),
    [(ALONE, set[str]()), (OPENED, {"sqlalchemy", "flask"})],
    ids=["the list of commands, labels and devices", "a server over an existing record"],
)
def test_what_takes_long_to_load_is_loaded_when_it_is_needed(what: str, needs: set[str], tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", what, str(lay(tmp_path / "data"))],
        capture_output=True, text=True, check=True, cwd=tmp_path, env=plain_environment(),
    )  # fmt: skip
    assert {one: why for one, why in HEAVY.items() if one in ran.stdout.split()}.keys() == needs


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_its_help_ends_with_an_example_that_it_takes(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=400, max_content_width=400)
    assert result.exit_code == 0, result.output
    found = re.search(r"Example: (vialtrace .*)\n*\Z", result.output)
    assert found, f"the help does not end with an example:\n{result.output}"
    example = shlex.split(found[1])
    assert tuple(example[1 : 1 + len(words)]) == words
    rest = example[1 + len(words) :]
    monkeypatch.chdir(tmp_path)
    for word in rest:
        if not word.startswith("-") and "/" not in word:
            Path(word).write_text("{}") if "." in word else Path(word).mkdir()
    with EVERY[words].make_context(words[-1], rest):  # raises for an option, value or file it does not take
        pass


def test_an_unknown_command_is_told_apart(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["coffee"])
    assert (result.exit_code, "No such command 'coffee'" in result.stderr) == (2, True)


# --- people ---


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "pin").write_text("572913\n")
    (tmp_path / "pin").chmod(0o600)
    (tmp_path / "password").write_text("slow amber kettle 19\n")
    (tmp_path / "password").chmod(0o600)
    return tmp_path


def add(*words: str) -> Result:
    return CliRunner().invoke(main, ["user", "add", *words])


ANN = ("--user", "ann", "--name", "Ann Tester", "--role", "technician", "--pin-file", "pin")
PAM = ("--user", "pam", "--name", "Pam Pharmacist", "--role", "pharmacist", "--password-file", "password")


def test_a_technician_gets_a_badge_code_and_can_sign_in_with_it(folder: Path) -> None:
    last = (now() + timedelta(days=200)).date().isoformat()
    result = add(*ANN, "--competency", f"GRAV:{last}", "--assessed-by", "Lee Lead", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    badge = json.loads(result.stdout)["badge"]
    assert "572913" not in result.output
    settings = load_settings()
    kept = load_secrets(settings)
    with closing(open_store(settings)) as store:
        door = door_of(settings, kept, store)
        entered = entry.with_badge(door, badge, "572913", station="HOOD-1", at=now())
        wrong = entry.with_badge(door, badge, "572914", station="HOOD-1", at=now())
        with store.reading() as conn:
            (held,) = competencies.of(conn, accounts.everybody(conn)[0].id)
    assert isinstance(entered, entry.Entered)
    assert (entered.person.name, entered.person.roles) == ("Ann Tester", {"technician"})
    assert not isinstance(wrong, entry.Entered)
    assert (held.code, held.until.date().isoformat(), held.site) == ("GRAV", last, settings.site)


def test_a_pharmacist_signs_in_by_name_and_password(folder: Path) -> None:
    assert add(*PAM, "--identity-checked-by", "Ada Head", "--licence", "RPH-1").exit_code == 0
    settings = load_settings()
    kept = load_secrets(settings)
    with closing(open_store(settings)) as store:
        door = door_of(settings, kept, store)
        entered = entry.with_password(door, "PAM", "slow amber kettle 19", address="10.0.0.9", at=now())
    assert isinstance(entered, entry.Entered)
    assert entered.person.licence == "RPH-1"


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "q24 nobody checked who it is": (PAM, "Say who checked this person's identity"),
    "a role that is none": ((*ANN[:5], "wizard", *ANN[6:]), "'wizard' is not one of"),
    "a PIN everybody has": ((*ANN[:7], "weak"), "Nothing was changed"),
    "a file that is not there": ((*ANN[:7], "nothing"), "nothing cannot be read"),
    "no terminal to ask on": (ANN[:6], "There is no terminal to ask on: give --pin-file"),
    "no name": ((*ANN[:3], " ", *ANN[4:]), "A person needs a user name and a printed name"),
    "a competency without a day": ((*ANN, "--competency", "GRAV", "--assessed-by", "Lee"), "write it so: HD-STERILE:2027-06-30"),
    "a competency nobody assessed": ((*ANN, "--competency", "GRAV:2027-06-30"), "who assessed the competencies"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_who_cannot_be_taken_on_is_refused_in_words_and_nothing_changes(
    folder: Path, words: tuple[str, ...], says: str
) -> None:
    (folder / "weak").write_text("123456")
    result = add(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in " ".join(result.stderr.split())
    with closing(open_store(load_settings())) as store, store.reading() as conn:
        assert not accounts.anybody(conn)


def test_q22_a_user_name_is_given_once(folder: Path) -> None:
    assert add(*ANN).exit_code == 0
    again = add("--user", "ＡＮＮ", *ANN[2:])
    assert again.exit_code == 2
    assert "user names are never given out again" in " ".join(again.stderr.split())


# --- formulary ---


def formulary(*words: str) -> Result:
    return CliRunner().invoke(main, ["formulary", "import", *words])


def confirmed() -> list[str]:
    with closing(open_store(load_settings())) as store, store.reading() as conn:
        return list(conn.execute(select(package.c.confirmed_by)).scalars())


def drafts() -> int:
    with closing(open_store(load_settings())) as store, store.reading() as conn:
        return len(drafted(conn))


def test_u2_the_shipped_formulary_goes_in_as_drafts_with_a_word_on_each_row_left_out(folder: Path) -> None:
    rows = (SEED / "formulary.csv").read_text("utf-8").splitlines()
    (folder / "drugs.csv").write_text("\n".join(rows))
    dry = formulary("drugs.csv", "--dry-run", "--json")
    told = json.loads(dry.stdout)
    assert dry.exit_code == 1
    assert told["taken"] + len(told["left_out"]) == len(rows) - 1
    assert all(re.match(r"row \d+: \S", one) for one in told["left_out"])
    assert confirmed() == []
    wet = formulary("drugs.csv", "--json")
    assert {**json.loads(wet.stdout), "dry_run": True} == told
    assert (confirmed(), drafts()) == ([], told["taken"]), "nothing can be scanned before two people have signed it"
    again = formulary("drugs.csv").stdout
    assert again.startswith(f"drugs.csv: {told['taken']} package codes drafted: two people sign them")
    assert drafts() == told["taken"]


def test_a_row_with_an_amount_that_is_no_number_is_left_out_and_named(folder: Path) -> None:
    head, *rows = (SEED / "formulary.csv").read_text("utf-8").splitlines()
    good = next(one for one in rows if "00310019955506" in one)
    names = head.split(",")
    for number, (column, wrong) in enumerate((("amount_mg", "5OO"), ("conc_mg_ml", "-20"), ("conc_mg_ml", "0.0"))):
        cells = good.split(",")
        cells[names.index(column)] = wrong
        (folder / f"{number}.csv").write_text("\n".join([head, ",".join(cells), good[:40]]))
        result = formulary(f"{number}.csv")
        assert result.exit_code == 1
        assert (
            f"row 2: {'concentration_mg_ml' if column == 'conc_mg_ml' else column} '{wrong}' is not a number"
            in result.stdout
        )
        assert "row 3: it has no GTIN" in result.stdout
    assert confirmed() == []


WRONG_FILES: dict[str, tuple[bytes, str]] = {
    "other columns": (b"drug,dose\ncyclophosphamide,970\n", "lacks the columns amount_mg, brand"),
    "an empty file": (b"", "lacks the columns"),
    "not UTF-8": (b"item_id,drug\n\xff\xfe\n", "is not UTF-8 text. Save it from the spreadsheet as CSV UTF-8"),
    "a spreadsheet": (b"PK\x03\x04\x00\x00", "is not a text file"),
}


@pytest.mark.parametrize(("content", "says"), WRONG_FILES.values(), ids=WRONG_FILES.keys())
def test_a_file_that_is_no_formulary_changes_nothing(folder: Path, content: bytes, says: str) -> None:
    (folder / "x.csv").write_bytes(content)
    result = formulary("x.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in " ".join(result.stderr.split())
    assert confirmed() == []
