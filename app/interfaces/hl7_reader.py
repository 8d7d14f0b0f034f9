"""Bytes to segments, fields and texts: decode first, split after, in time linear in the size. Knows no medicine and no sender.

Delimiters come from MSH-1 and MSH-2 (I10); escapes are undone after splitting (I11); nothing is repaired.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

NULL = '""'
"""HL7's "delete this value"."""
CHARSETS = {
    "": "ascii",
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
} | {f"8859/{part}": f"iso8859_{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)}
"""MSH-18 (table 0211) to a strict codec; anything else is refused (I7)."""
MARK = b"\xef\xbb\xbf"
INVISIBLE = re.compile(
    "[\x00-\x08\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
"""Control, zero-width and bidirectional characters; CR and LF only end segments."""
SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class UnreadableError(Exception):
    """The payload is no message; `reason` is a key of the reasons table and `at` the place."""

    def __init__(self, reason: str, at: str = "MSH") -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The five characters of one message."""

    field: str
    """MSH-1."""
    component: str
    """First of MSH-2."""
    repetition: str
    """Second."""
    escape: str
    """Third."""
    sub: str
    """Fourth."""
    codec: str = "ascii"
    """Codec of \\X..\\ escapes."""

    def plain(self, text: str) -> str:
        """Undo the escapes; every other backslash stays as typed (I11)."""
        if self.escape not in text:
            return text
        esc = re.escape(self.escape)
        return re.sub(f"{esc}(F|S|T|R|E|H|N|\\.br|X(?:[0-9A-Fa-f]{{2}})+){esc}", self._one, text)

    def _one(self, match: re.Match[str]) -> str:
        code = match[1]
        if code[0] == "X":
            try:
                return bytes.fromhex(code[1:]).decode(self.codec)
            except (UnicodeDecodeError, ValueError):
                return match[0]
        known = {"F": self.field, "S": self.component, "T": self.sub, "R": self.repetition, "E": self.escape}
        return known.get(code, "\n" if code == ".br" else "")


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the message."""

    name: str
    """Three letters."""
    nth: int
    """Which of its name in the message, from 1."""
    fields: tuple[str, ...]
    """As received; fields[0] is the name, MSH shifted so that fields[n] is MSH-n."""
    marks: Delimiters
    """Of its message."""

    def raw(self, number: int) -> str:
        """Return field `number` as received, escapes and all; empty if absent."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[str]:
        """Return the raw repetitions of a field, an empty field none."""
        raw = self.raw(number)
        return raw.split(self.marks.repetition) if raw else []

    def part(self, raw: str, component: int = 1, sub: int = 1) -> str:
        """Return the unescaped leaf of one raw repetition; deeper or shallower than it is gives the first leaf (I13)."""
        marks = self.marks
        if marks.component in raw:
            components = raw.split(marks.component, component)
            if component > len(components):
                return ""
            raw = components[component - 1]
        elif component > 1:
            return ""
        if marks.sub in raw:
            subs = raw.split(marks.sub, sub)
            return marks.plain(subs[sub - 1]) if sub <= len(subs) else ""
        return "" if sub > 1 else marks.plain(raw) if marks.escape in raw else raw

    def get(self, number: int, component: int = 1, repetition: int = 1, sub: int = 1) -> str:
        """Return one unescaped leaf, `""` kept; empty if absent."""
        raw = self.fields[number] if number < len(self.fields) else ""
        if not raw or (number <= 2 and self.name == "MSH"):
            return raw
        if self.marks.repetition in raw:
            repetitions = raw.split(self.marks.repetition, repetition)
            return self.part(repetitions[repetition - 1], component, sub) if repetition <= len(repetitions) else ""
        return self.part(raw, component, sub) if repetition == 1 else ""

    def value(self, number: int, component: int = 1, repetition: int = 1) -> str:
        """Like `get`, with `""` read as absent and blanks around removed."""
        text = self.get(number, component, repetition).strip(" ")
        return "" if text == NULL else text

    def leaves(self, number: int) -> int:
        """Count the leaves of a field that hold something."""
        marks = self.marks
        parts = re.split(f"[{re.escape(marks.component + marks.repetition + marks.sub)}]", self.raw(number))
        return sum(1 for part in parts if part)

    def at(self, number: int = 0, alone: bool = False) -> str:
        """Return the place: RXC[2]-3, or RXC-3 where it is the only one of its name."""
        place = self.name if alone else f"{self.name}[{self.nth}]"
        return f"{place}-{number}" if number else place


@dataclass(frozen=True, slots=True)
class Message:
    """One message, split."""

    segments: tuple[Segment, ...]
    """In order; segments[0] is MSH."""
    strays: tuple[str, ...]
    """Lines that are no segment: kept, never acted on (I15)."""
    invisible: bool
    """Whether control, zero-width or bidirectional characters stand anywhere (I47)."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each segment name occurs."""

    @property
    def msh(self) -> Segment:
        """The first segment."""
        return self.segments[0]

    def all(self, name: str) -> list[Segment]:
        """Return the segments of a name, in order."""
        return [segment for segment in self.segments if segment.name == name]

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def place(self, segment: Segment, number: int = 0) -> str:
        """Return the place of a field, numbered only where there are several segments of the name."""
        return segment.at(number, alone=self.counts[segment.name] == 1)


def split_lines(text: str) -> list[str]:
    """Return the segments' lines: CR, LF or both between them, blank lines and outer blanks dropped (I9)."""
    return [line for line in (part.strip(" ") for part in re.split(r"[\r\n]+", text)) if line]


def header_line(payload: bytes) -> str:
    """Return the first line as text whatever the character set, for who sent it and what they declare. Raises UnreadableError."""
    body = payload.removeprefix(MARK)
    if not body.strip(b"\r\n \x00"):
        raise UnreadableError("EMPTY_FRAME")
    line = re.split(rb"[\r\n]+", body.lstrip(b"\r\n "), maxsplit=1)[0].decode("latin-1").strip(" ")
    if line[:3] in ("FHS", "BHS"):
        raise UnreadableError("BATCH", line[:3])
    return line


def header_marks(line: str) -> Delimiters:
    """Return the delimiters of an MSH line. Raises UnreadableError for anything else (I4, I10)."""
    if not line.startswith("MSH") or len(line) < 8:
        raise UnreadableError("NOT_HL7")
    coding = line[4:].split(line[3], 1)[0]
    marks = line[3] + coding
    odd = len(set(marks)) != len(marks) or any(mark.isalnum() or mark.isspace() or ord(mark) > 126 for mark in marks)
    if len(coding) not in (4, 5) or odd or any(ord(mark) < 33 for mark in marks):
        raise UnreadableError("NOT_HL7")
    return Delimiters(*marks[:5])


def header(payload: bytes) -> Segment:
    """Return MSH alone, for the answer to a message whose rest cannot be read. Raises UnreadableError."""
    line = header_line(payload)
    return _segment(line, 1, header_marks(line))


def _segment(line: str, nth: int, marks: Delimiters) -> Segment:
    fields = line.split(marks.field)
    if line.startswith("MSH"):
        fields.insert(1, marks.field)
    return Segment(line[:3], nth, tuple(fields), marks)


def _codec(payload: bytes, msh: Segment, default: str) -> str:
    """Return the codec that MSH-18, its repetitions, a byte order mark or the profile name (I7). Raises UnreadableError."""
    if payload.startswith(MARK):
        return "utf-8"
    names = [msh.part(raw) for raw in msh.repetitions(18)] or [default]
    codecs = [CHARSETS.get(name) for name in names]
    if None in codecs:
        raise UnreadableError("BAD_CHARSET", "MSH-18")
    others = [codec for codec in codecs if codec and codec != "ascii"]
    if len(set(others)) > 1 and set(others) != {"iso2022_jp", "iso2022_jp_1"}:
        raise UnreadableError("BAD_CHARSET", "MSH-18")
    return max(others, default="ascii")


def decode(payload: bytes, msh: Segment, default_charset: str) -> tuple[str, str]:
    """Return the text and its codec, strictly: no replacement character is ever made. Raises UnreadableError (I6, I7)."""
    codec = _codec(payload, msh, default_charset)
    try:
        return payload.removeprefix(MARK).decode(codec), codec
    except UnicodeDecodeError as trouble:
        raise UnreadableError("BAD_CHARSET", "MSH-18") from trouble


def _is_segment(line: str, marks: Delimiters) -> bool:
    return SEGMENT_NAME.fullmatch(line[:3]) is not None and line[3:4] in ("", marks.field)


def _hidden(text: str, marks: Delimiters) -> bool:
    """Say whether invisible characters stand in the text, or come out of its hexadecimal escapes."""
    if INVISIBLE.search(text):
        return True
    escaped = re.findall(f"{re.escape(marks.escape)}X[0-9A-Fa-f]+{re.escape(marks.escape)}", text)
    return any(INVISIBLE.search(marks.plain(part)) for part in escaped)


def read_message(payload: bytes, default_charset: str = "ASCII") -> Message:
    """Return the message in `payload`, one frame's content. Raises UnreadableError with the reason and the place."""
    msh = header(payload)
    text, codec = decode(payload, msh, default_charset)
    lines = split_lines(text)
    marks = header_marks(lines[0])
    marks = Delimiters(marks.field, marks.component, marks.repetition, marks.escape, marks.sub, codec)
    if text.count(f"MSH{lines[0][3:8]}") > 1 or any(line.startswith(f"MSH{marks.field}") for line in lines[1:]):
        raise UnreadableError("MERGED_FRAMES")
    counts: Counter[str] = Counter()
    segments, strays = [], []
    for line in lines:
        if not _is_segment(line, marks):
            strays.append(line)
            continue
        counts[line[:3]] += 1
        segments.append(_segment(line, counts[line[:3]], marks))
    return Message(tuple(segments), tuple(strays), _hidden(text, marks), dict(counts))
