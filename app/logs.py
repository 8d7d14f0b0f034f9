"""The program's log: one line an event on stderr, JSON or text. It names ids and codes, never a patient, a secret or an address.

What may be logged is a list (`FIELDS`); anything else that is handed in is withheld, and the line says so. The first argument of
a log call is a fixed word, never a sentence with something in it. An exception is logged by its type and place; its text
only where the type cannot hold what a person typed (`SPEAKING`).
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from app import clock

Event = MutableMapping[str, Any]

FIELDS = frozenset(
    (
        *("event", "level", "logger", "at", "exception", "withheld", "says"),
        *("request", "method", "route", "status", "ms", "person", "station", "site", "number"),
        *("check", "state", "task", "row", "kind", "outcome", "code", "seconds", "count", "software"),
        *("language", "field"),
    )
)
"""What a line may hold. A new field is added here, by someone who has thought about what can be in it."""

SAYS = frozenset(("vialtrace.start", "vialtrace.upkeep"))
"""Loggers whose `says` is written: sentences about settings, disks and keys. Elsewhere a sentence may name a patient."""

LONGEST = 500
"""Characters of one value."""

FRAMES = 12
"""Places of a traceback that are kept, the innermost ones."""

SPEAKING = (OSError, OperationalError)
"""Exceptions whose text is about the machine: the disk is full, the connection was lost."""

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def of(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a room: `log = logs.of("web")`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(f"vialtrace.{name}")
    return logger


def escape(_logger: Any, _method: str, event: Event) -> Event:
    """Show control, direction and invisible marks as their code, so that no lot or name forges or hides a line (Q50)."""
    return {_plain(str(key)): _escaped(value) for key, value in event.items()}


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(str(key)): _escaped(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else _plain(str(value))


def _plain(text: str) -> str:
    shown = _HIDDEN.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"


def withhold(_logger: Any, _method: str, event: Event) -> Event:
    """Keep the fields that were agreed on, and name those that were left out."""
    says = event.get("logger") in SAYS
    kept = {key: value for key, value in event.items() if key in FIELDS and (says or key != "says")}
    left = sorted(key for key in event if key not in kept and not key.startswith("_"))
    return {**{key: value for key, value in event.items() if key.startswith("_")}, **kept, **_named(left)}


def _named(left: list[str]) -> dict[str, Any]:
    return {"withheld": left} if left else {}


def explain(_logger: Any, _method: str, event: Event) -> Event:
    """Put an exception's type and places in the stead of its traceback, which would show values."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = _explained(error)
    return event


def _explained(error: BaseException) -> dict[str, Any]:
    said: dict[str, Any] = {"type": type(error).__name__, "at": _places(error.__traceback__)}
    if isinstance(error, DBAPIError):
        said["driver"] = type(error.orig).__name__
    if isinstance(error, SPEAKING):
        said["says"] = _machine_words(error)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return {**said, "cause": _explained(cause)} if cause is not None else said


def _machine_words(error: BaseException) -> str:
    """Return the words of the machine: without statement, parameters and file."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]


def stamp(_logger: Any, _method: str, event: Event) -> Event:
    """Add the time, UTC."""
    event["at"] = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def as_text(_logger: Any, _method: str, event: Event) -> str:
    """Write an event as a person reads it: time, level, what, then the rest as name=value."""
    first = [event.pop("at", ""), str(event.pop("level", "")).upper(), event.pop("event", "")]
    event.pop("logger", None)
    says = event.pop("says", "")
    rest = [f"{name}={value}" for name, value in sorted(event.items())]
    return "  ".join(str(part) for part in [*first, *rest, says] if part not in ("", None))


_BOTH: tuple[Any, ...] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    stamp,
    explain,
    withhold,
    escape,
)
"""What happens to every line, ours or a library's."""

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        *_BOTH,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def start(how: str, stream: IO[str] | None = None) -> None:
    """Write the log of this process to `stream` (stderr), as `text` or `json`; libraries' warnings too."""
    drawn = as_text if how == "text" else structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, *_BOTH],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, drawn],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("vialtrace").setLevel(logging.INFO)
    logging.captureWarnings(True)


GRANIAN: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {
        "_granian": {"handlers": [], "propagate": True},
        "granian.access": {"handlers": [], "propagate": False},
    },
}
"""For the server below us: its lines join ours."""


def sentence(how: str, says: str) -> None:
    """Tell whoever started the program something, on stderr: as a line of the log where that is JSON, else as it stands."""
    if how == "json":
        of("start").warning("start", says=says)
    else:
        sys.stderr.write(f"{says}\n")
        sys.stderr.flush()
