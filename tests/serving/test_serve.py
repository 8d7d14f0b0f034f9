"""`vialtrace serve`: what it refuses, in a sentence; TLS; one server a record."""

from __future__ import annotations

import http.client
import ipaddress
import json
import signal
import socket
import ssl
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.demo.sow import sow_folder
from tests.serving.running import Running, in_process, run

AT = r"vialtrace is at (https?://\S+:(\d+)/)"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that vouches for itself; return it and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vialtrace test")])
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "site.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "site.key").write_bytes(key.private_bytes(*pem))
    return folder / "site.pem", folder / "site.key"


ODD = '{"H": {"balance": {"url": "socket://x:1", "line": "fast"}}}'
NO_FILES = ["--tls-cert", "no.pem", "--tls-key", "no.key"]
WRONG: dict[str, tuple[list[str], dict[str, str], str]] = {
    "the same by setting": ([], {"HOST": "0.0.0.0"}, "there TLS is needed"),
    "half of TLS": (["--tls-cert", "site.pem"], {}, "ls_cert and tls_key belong together; set both"),
    "a certificate that is not there": (NO_FILES, {}, "There is no file no.pem, which tls_cert"),
    "a port beyond all ports": (["--port", "70000"], {}, "70000 is not in the range"),
    "a zone that is none": ([], {"SITE_ZONE": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
    "a site code in small letters": ([], {"SITE": "main"}, "Setting site: "),
    "stations that are no JSON": ([], {"STATIONS": "{"}, "The settings cannot be read: "),
    "a balance on no line": ([], {"STATIONS": ODD}, "Setting stations.H.balance.line"),
}  # fmt: skip
"""Known by the settings alone, before there is a second process."""
BEYOND: dict[str, tuple[list[str], dict[str, str], str]] = {
    "another machine without TLS": (["--host", "0.0.0.0"], {}, "there TLS is needed: give --tls-cert and --tls-key"),
    "another's key": (["--tls-cert", "site.pem", "--tls-key", "other/site.key"], {}, "TLS cannot be set up with"),
    "another database": ([], {"DATABASE_URL": "mysql://x/y"}, "database_url must name a SQLite file"),
    "a damaged pepper": ([], {"DATA_DIR": "damaged"}, "Restore it: without it nobody can sign in"),
    "open secrets": ([], {"DATA_DIR": "open"}, "Others may read"),
    "a file that is no database": ([], {"DATA_DIR": "garbage"}, "cannot be read as a database"),
}
"""Asked of the command as a process of its own; most are known only to the worker that it starts."""


def folders(tmp_path: Path) -> None:
    """Make what the wrong settings point at."""
    certificate(tmp_path)
    (tmp_path / "other").mkdir()
    certificate(tmp_path / "other")
    for name, pepper, mode in (("damaged", "x:y", 0o600), ("open", f"a:{'00' * 32}", 0o644)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pepper").write_text(pepper)
        (tmp_path / name / "pepper").chmod(mode)
    (tmp_path / "garbage").mkdir()
    (tmp_path / "garbage" / "vialtrace.db").write_bytes(b"this was never a database" * 200)


@pytest.mark.parametrize(("words", "settings", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_set_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], settings: dict[str, str], says: str
) -> None:
    folders(tmp_path)
    result = in_process(tmp_path, monkeypatch, "serve", *words, **{"PORT": "0", "DATA_DIR": "data", **settings})
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("words", "settings", "says"), BEYOND.values(), ids=BEYOND.keys())
def test_what_cannot_be_served_is_refused_in_a_sentence(
    tmp_path: Path, words: list[str], settings: dict[str, str], says: str
) -> None:
    folders(tmp_path)
    given = {"PORT": "0", "DATA_DIR": "data", **settings}
    with Running(tmp_path, "serve", *words, **given) as one:
        assert one.ends() == 2, one.err
        assert says in one.err
        assert "Traceback" not in one.err
        assert one.out == ""
        assert one.all_gone(), one.living()


def test_a_taken_port_is_refused_and_not_shared(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 2
    assert "is in use or may not be used" in refused.stderr


def test_two_servers_on_one_folder_the_second_is_refused_and_the_first_serves_on(tmp_path: Path) -> None:
    with Running(tmp_path, "serve", PORT="0", LOG_FORMAT="json") as first:
        home = first.says(AT)[1]
        assert "vialtrace user add" in first.err
        with Running(tmp_path, "serve", PORT="0") as second:
            assert second.ends() == 2
            assert "is in use by another process" in second.err
            assert "Traceback" not in second.err
            assert second.all_gone(), second.living()
        with urllib.request.urlopen(f"{home}readyz", timeout=30) as answer:
            assert json.load(answer)["ok"] is True
        with urllib.request.urlopen(f"{home}sign-in", timeout=30) as answer:
            assert answer.status == 200
        added = run(tmp_path, "user", "add", "--user", "x", "--name", "X", "--role", "technician")
        assert added.returncode == 2
        assert first.told(signal.SIGINT) == 0
        assert first.all_gone(), first.living()
        logged = [json.loads(line) for line in first.err.splitlines()]
        assert (logged[0]["event"], logged[-1]["route"]) == ("start", "/sign-in"), first.err


def test_tls_encrypts_and_marks_the_cookies(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with Running(tmp_path, "serve", "--tls-cert", str(cert), "--tls-key", str(key), PORT="0") as one:
        found = one.says(AT)
        assert found[1].startswith("https://")
        trusting = ssl.create_default_context(cafile=str(cert))
        with urllib.request.urlopen(f"{found[1]}sign-in", timeout=30, context=trusting) as page:
            assert page.status == 200
            assert "__Host-" in page.headers["Set-Cookie"]
            assert "Secure" in page.headers["Set-Cookie"]
            assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
        old = ssl.create_default_context(cafile=str(cert))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with urllib.request.urlopen(f"{found[1]}healthz", timeout=30, context=old) as page:
            assert page.status == 200
        with (
            pytest.raises((OSError, http.client.HTTPException)),
            urllib.request.urlopen(f"http://127.0.0.1:{found[2]}/", timeout=10),
        ):
            pass
        assert one.told(signal.SIGTERM) == 0, one.err
        assert one.all_gone(), one.living()


def test_q29_a_demos_record_is_not_served_as_a_pharmacys_nor_the_other_way_round(tmp_path: Path) -> None:
    assert sow_folder(tmp_path / "demo")
    with Running(tmp_path, "serve", PORT="0", DATA_DIR="demo") as one:
        assert one.ends() == 2
        assert "holds the demo's people" in one.err
        assert one.all_gone(), one.living()
    pin = tmp_path / "pin"
    pin.write_text("572913\n")
    words = ("--user", "ann", "--name", "Ann Tester", "--role", "technician", "--pin-file", str(pin))
    added = run(tmp_path, "user", "add", *words, DATA_DIR="real")
    assert added.returncode == 0, added.stderr
    refused = run(tmp_path, "demo", "--no-browser", "--data-dir", str(tmp_path / "real"))
    assert refused.returncode == 2
    assert "is a pharmacy's own record" in refused.stderr
