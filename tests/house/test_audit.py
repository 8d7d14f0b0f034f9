"""The audit asks of every locked package; a pretend OSV answers in the real one's form. Answers of ours are in docs/vex.json."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests import audit, vex
from tests.house.tree import ROOT, Tree
from tests.software import locked

LOCK = {name: version for name, (version, _) in locked(Tree(ROOT)).items()}
ZBAR = {
    "id": "PYSEC-2026-9001", "aliases": ["CVE-2023-40889"], "summary": "heap overflow\nin the reader of QR codes",
    "modified": "2026-01-02T03:04:05Z", "schema_version": "1.6.0",
    "affected": [{
        "package": {"name": "pyzbar", "ecosystem": "PyPI", "purl": "pkg:pypi/pyzbar"}, "versions": ["0.1.8", "0.1.9"],
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
    }],
}  # fmt: skip
"""A record as OSV writes it; this one is answered in docs/vex.json by its CVE number."""


def record(number: str, package: str, events: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": events}]
    affected = [{"package": {"name": package, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"id": number, "summary": f"a fault of {package}", "affected": affected, **more}


JINJA = record("GHSA-2222-3333-4444", "Jinja2", [{"introduced": "0"}, {"fixed": "999.1"}])
WITHDRAWN = record("PYSEC-2026-9002", "flask", [{"introduced": "0"}], withdrawn="2026-02-02T00:00:00Z")
OLD = record(
    "PYSEC-2020-1", "flask", [{"introduced": "0"}, {"fixed": "0.1"}, {"introduced": "1.0"}, {"last_affected": "1.1"}]
)
OTHER = {
    "id": "GO-2026-1",
    "affected": [{"package": {"name": "flask", "ecosystem": "Go"}, "versions": [LOCK["flask"]]}],
}


class Osv:
    """Answers `/v1/querybatch` and `/v1/vulns/ID` as the real one does: numbers alone, page by page, then the records."""

    def __init__(self, *records: dict[str, Any], named: dict[str, list[str]]) -> None:
        self.records, self.named, self.asked = {one["id"]: one for one in records}, named, list[Any]()

    def answer(self, path: str, question: Any) -> Any:
        if path == "/v1/querybatch":
            self.asked += question["queries"]
            return {"results": [self._of(one) for one in question["queries"]]}
        return self.records[path.removeprefix("/v1/vulns/")]

    def _of(self, one: Any) -> dict[str, Any]:
        numbers, page = self.named.get(one["package"]["name"], []), int(one.get("page_token", 0))
        found = {"vulns": [{"id": number, "modified": "2026-01-02T03:04:05Z"} for number in numbers[page : page + 1]]}
        return {**found, **({"next_page_token": str(page + 1)} if numbers[page + 1 :] else {})} if numbers else {}


@pytest.fixture
def served() -> Iterator[Any]:
    osv: list[Osv] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(None)

        def do_POST(self) -> None:
            self._say(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _say(self, question: Any) -> None:
            body = json.dumps(osv[0].answer(self.path, question)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(one: Osv) -> str:
        osv[:] = [one]
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    server.shutdown()
    server.server_close()


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(audit.main, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_q78_every_locked_package_is_asked_of_by_name_and_version_and_an_answered_fault_stops_nothing(
    served: Any,
) -> None:
    osv = Osv(ZBAR, WITHDRAWN, named={"pyzbar": [ZBAR["id"]], "flask": [WITHDRAWN["id"]]})
    code, said, _ = run("--service", served(osv))
    asked = {one["package"]["name"]: one["version"] for one in osv.asked}
    assert (code, asked, {one["package"]["ecosystem"] for one in osv.asked}) == (0, LOCK, {"PyPI"})
    assert "pyzbar 0.1.9 PYSEC-2026-9001 CVE-2023-40889: heap overflow in the reader of QR codes" in said
    assert "not_affected: pyzbar loads the system's libzbar" in said
    assert "flask" not in said
    assert said.endswith(f"{len(LOCK)} locked packages; known faults: 1; not settled: 0.\n")


def test_q78_a_fault_that_nobody_answered_ends_with_1_also_on_a_later_page(served: Any) -> None:
    osv = Osv(ZBAR, JINJA, named={"pyzbar": [ZBAR["id"]], "jinja2": [JINJA["id"], JINJA["id"]]})
    code, said, _ = run("--service", served(osv))
    assert (code, "a fault of Jinja2; gone in 999.1\n    NOT ANSWERED" in said) == (1, True)
    assert [one["page_token"] for one in osv.asked if "page_token" in one] == ["1"]


def test_q78_without_a_network_it_says_so_ends_with_2_and_names_the_other_way(tmp_path: Path, served: Any) -> None:
    for words in (("--service", "http://127.0.0.1:9"), ("--service", served(Osv(named={})) + "/elsewhere")):
        code, said, err = run(*words)
        assert (code, said, "NOT AUDITED" in err, "make audit FROM=all.zip" in err) == (2, "", True, True)
    for name, content in (("no.zip", b"nothing"), ("empty", None)):
        place = tmp_path / name
        place.write_bytes(content) if content else place.mkdir()
        code, _, err = run("--from", str(place))
        assert (code, "NOT AUDITED" in err) == (2, True)


def test_q78_the_export_says_the_same_without_a_network(tmp_path: Path) -> None:
    folder, packed = tmp_path / "PyPI", tmp_path / "all.zip"
    folder.mkdir()
    with zipfile.ZipFile(packed, "w") as box:
        for one in (ZBAR, JINJA, WITHDRAWN, OLD, OTHER):
            (folder / f"{one['id']}.json").write_text(json.dumps(one))
            box.writestr(f"{one['id']}.json", json.dumps(one))
    for place in (folder, packed):
        code, said, _ = run("--from", str(place))
        assert code == 1
        assert [line.split()[0] for line in said.splitlines() if not line.startswith(" ")][:-1] == ["jinja2", "pyzbar"]


@pytest.mark.parametrize(
    ("events", "touched"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "2.0"}], False),
        ([{"introduced": "2.1"}], False),
        ([{"introduced": "1.0"}, {"last_affected": "2.0"}], True),
        ([{"introduced": "1.0"}, {"last_affected": "1.9.9"}], False),
        ([{"fixed": "1.5"}, {"introduced": "1.9"}, {"introduced": "0"}, {"fixed": "2.0.1"}], True),
    ],
)
def test_a_version_lies_in_a_range_from_where_it_was_introduced_to_before_it_was_fixed(
    events: list[dict[str, str]], touched: bool
) -> None:
    assert bool(audit._touches({"ranges": [{"type": "ECOSYSTEM", "events": events}]}, "2.0")) is touched


def test_q78_every_answer_names_a_package_and_version_of_the_lock_and_why() -> None:
    assert vex.faults(Tree(ROOT)) == []
    assert {one.package for one in vex.answers(Tree(ROOT))} <= LOCK.keys()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pyzbar@0.1.9", "pyzbar@0.1.8", "CVE-2023-40889 is answered of pyzbar 0.1.8; locked is 0.1.9"),
        ("pypi/pyzbar", "pypi/pyzbär", "locked is None"),
        ("vialtrace@0.1.0", "vialtrace@9.0", "not of pkg:pypi/vialtrace@0.1.0"),
        ("CVE-2023-40889", "CVE-23", "CVE-23 is no number of a fault"),
        ("vulnerable_code_not_in_execute_path", "because", "needs a justification"),
        ("not_affected", "affected", "needs what is done about it"),
        ("not_affected", "fine", "fine is no status"),
        ("openvex.dev/ns", "elsewhere.example", "no OpenVEX document"),
    ],
)
def test_q78_an_answer_that_is_none_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / vex.FILE).write_text((ROOT / vex.FILE).read_text().replace(old, new))
    assert any(says in one for one in vex.faults(Tree(tmp_path))), vex.faults(Tree(tmp_path))
