"""The log says what happened, when and to which request; never whose preparation it was, and nothing can forge a line."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import IntegrityError, OperationalError

from app import logs

ROOT = Path(__file__).parents[1]
MARKS = ["\r\n", "\n", "\x00", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u200f", "\ufeff", "\ud800"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a process writes, as JSON."""
    written, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:]
    structlog.contextvars.clear_contextvars()  # a request served in this thread before leaves its number
    logs.start("json", written)
    yield written
    root.handlers[:] = before
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()


def said(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_each_event_is_one_json_object_on_one_line_with_time_level_and_request(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request="R1")
    logs.of("web").info("request", method="GET", route="/record/<preparation>", status=200, ms=1.5, person="PAM00004")
    (one,) = said(lines)
    at = one.pop("at")
    assert str(at).endswith("Z")
    assert one == {
        "event": "request", "level": "info", "logger": "vialtrace.web", "request": "R1", "method": "GET",
        "route": "/record/<preparation>", "status": 200, "ms": 1.5, "person": "PAM00004",
    }  # fmt: skip


def test_q33_what_was_not_agreed_on_is_withheld_and_named(lines: io.StringIO) -> None:
    logs.of("web").info("request", status=200, patient="Doe", token="s3cr3t", says="Doe, Jane is waiting")
    (one,) = said(lines)
    assert one["withheld"] == ["patient", "says", "token"]
    assert not [word for word in ("Doe", "s3cr3t") if word in lines.getvalue()]


def test_q33_an_exception_is_told_by_type_and_place_not_by_what_somebody_typed(lines: io.StringIO) -> None:
    def order_of_jane_doe() -> None:
        raise ValueError("cannot read 'Doe, Jane'")

    try:
        try:
            order_of_jane_doe()
        except ValueError as first:
            raise IntegrityError("INSERT INTO order_text", {"fields": "Doe"}, Exception("Key (name)=(Doe)")) from first
    except IntegrityError:
        logs.of("web").exception("error")
    told = said(lines)[0]["exception"]
    assert isinstance(told, dict)
    assert (told["type"], told["driver"], told["cause"]["type"]) == ("IntegrityError", "Exception", "ValueError")
    assert any("test_logs.py" in place and "order_of_jane_doe" in place for place in told["cause"]["at"])
    assert "Doe" not in lines.getvalue().replace("order_of_jane_doe", "")


def test_what_the_machine_says_of_itself_is_kept(lines: io.StringIO) -> None:
    full = OperationalError("INSERT", {"name": "Doe"}, Exception("database or disk is full\nDETAIL: Key (Doe)"))
    logs.of("web").error("error", exc_info=full)
    logs.of("web").error("error", exc_info=FileNotFoundError(2, "No such file or directory", "/srv/Doe.jpg"))
    assert [dict(one["exception"])["says"] for one in said(lines)] == [  # type: ignore[call-overload]  # a JSON object
        "database or disk is full",
        "No such file or directory",
    ]
    assert "Doe" not in lines.getvalue()


@pytest.mark.parametrize("how", ["json", "text"])
@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_q50_no_lot_or_name_can_forge_a_line_or_hide_text(lines: io.StringIO, mark: str, how: str) -> None:
    logs.start(how, lines)
    root = logging.getLogger()  # what pytest itself keeps of a line cannot hold half a surrogate pair
    root.handlers[:] = [one for one in root.handlers if "pytest" not in type(one).__module__]
    planted = f'L1{mark}{{"event": "approved"}}'
    logs.of("web").info("request", station=planted, code=[planted], exception={planted: planted})
    logging.getLogger("some.library").warning("cannot read %s", planted)
    text = lines.getvalue()
    assert text.count("\n") == 2
    assert text.splitlines() == text.rstrip("\n").split("\n")
    assert not [one for one in mark if one in text.replace("\n", "") and not one.isprintable()]
    assert f"u{ord(mark[0]):04x}" in text


def test_q50_a_value_that_fills_the_log_is_cut(lines: io.StringIO) -> None:
    logs.of("web").info("request", station="x" * 100_000)
    assert len(lines.getvalue()) < 1000


def test_as_text_a_person_reads_it(lines: io.StringIO) -> None:
    logs.start("text", lines)
    logs.of("health").warning("health", check="disk", state="look")
    assert lines.getvalue().rstrip().split("  ")[1:] == ["WARNING", "health", "check=disk", "state=look"]


def test_a_warning_of_a_library_is_in_the_log_too_and_its_chatter_is_not(lines: io.StringIO) -> None:
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble with %s", "a port")
    assert [(one["event"], one["logger"]) for one in said(lines)] == [("trouble with a port", "some.library")]


def test_what_is_said_at_the_start_is_a_line_of_the_log_where_that_is_json(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.sentence("json", "Nobody is on the books yet.")
    assert said(lines)[0]["says"] == "Nobody is on the books yet."
    logs.sentence("text", "Nobody is on the books yet.")
    assert capsys.readouterr().err == "Nobody is on the books yet.\n"


def test_every_log_call_begins_with_a_fixed_word_and_hands_in_agreed_fields() -> None:
    """A sentence with a value in it could hold a patient's name, and no processor would know."""
    faults, calls = [], 0
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not _logs(node):
                continue
            calls += 1
            fixed = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
            foreign = [word.arg for word in node.keywords if word.arg not in logs.FIELDS | {"exc_info"}]
            if not fixed or foreign:
                faults.append(f"{path.relative_to(ROOT)}:{node.lineno}: {foreign or 'not one fixed word'}")
    assert (faults, calls > 5) == ([], True)


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _logs(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and node.func.attr in LEVELS
    )


def test_no_room_writes_to_a_logger_of_its_own() -> None:
    own = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "app").rglob("*.py"))
        if "logging.getLogger(" in path.read_text(encoding="utf-8") and path.name not in {"logs.py", "serving.py"}
    ]
    assert own == []
