"""Style sheets, scripts and drawings go over the wire packed (gzip). Each file is packed once, when it is first asked for.

Only files of `static/` are packed: they are the same for everybody. A page, its parts and its JSON never are: they carry the
CSRF token beside words that somebody chose (a patient's name, a note, a search), and from how small such an answer packs the
token can be guessed letter by letter (BREACH).
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, request, send_file

PACKED = (".css", ".js", ".svg")
"""Kinds of file that become much smaller; fonts are packed as they come."""


def pack_static(app: Flask) -> None:
    """Have the application's static files sent packed to whoever takes that."""

    def send(filename: str) -> Response:
        plain = app.send_static_file(filename)
        if not filename.endswith(PACKED):
            return plain
        plain.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] <= 0:
            return plain
        plain.close()
        return _packed_answer(Path(str(app.static_folder)) / filename, str(plain.get_etag()[0]))

    app.view_functions["static"] = send


def _packed_answer(path: Path, state: str) -> Response:
    """Answer with the packed file; its ETag is another than the plain one's, since a browser may keep both."""
    etag = f"{state}-gzip"
    answer = send_file(BytesIO(_packed(path, etag)), mimetypes.guess_type(path.name)[0], etag=etag)
    answer.headers["Content-Encoding"] = "gzip"
    answer.vary.add("Accept-Encoding")
    return answer


@lru_cache(maxsize=256)
def _packed(path: Path, etag: str) -> bytes:  # noqa: ARG001  # the ETag tells one state of the file from the next
    return gzip.compress(path.read_bytes(), mtime=0)
