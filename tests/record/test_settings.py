"""Settings come from where a site can put them, and a wrong one stops the start with a sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.settings import WrongSettings, load_secrets, load_settings
from app.station_settings import BalanceSettings, ScannerSettings, StationSettings


@pytest.fixture(autouse=True)
def a_clean_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_site_that_sets_nothing_gets_the_defaults(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.site, settings.demo, settings.host, settings.port, settings.stations) == (
        "MAIN",
        False,
        "127.0.0.1",
        8000,
        {},
    )
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'vialtrace.db'}"
    assert (settings.zone.key, settings.site_stream) == ("America/Chicago", "site/MAIN")
    assert settings.software.startswith("vialtrace 0.")
    assert list(tmp_path.iterdir()) == [], "reading settings makes nothing"


def test_the_environment_stands_above_env_file_and_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vialtrace.toml").write_text('site = "TOML"\nsite_name = "From TOML"\nport = 1\n')
    (tmp_path / ".env").write_text("VIALTRACE_SITE=ENVFILE\nVIALTRACE_PORT=2\n")
    monkeypatch.setenv("VIALTRACE_PORT", "3")
    settings = load_settings()
    assert (settings.site_name, settings.site, settings.port) == ("From TOML", "ENVFILE", 3)
    assert load_settings(port=4).port == 4


def test_a_station_is_described_in_toml(tmp_path: Path) -> None:
    (tmp_path / "vialtrace.toml").write_text(
        """
        [stations.IV-1]
        cabinets = ["PEC-1", "PEC-2"]
        balance = {protocol = "mt-sics", url = "socket://127.0.0.1:4001", line = "9600 7E1 xonxoff", serial = "B123"}
        scanner = {url = "/dev/ttyACM0", suffix = "\\r", aim = false}
        printer = {kind = "spool", folder = "queue"}
        """
    )
    station = load_settings().stations["IV-1"]
    assert station == StationSettings(
        balance=BalanceSettings(
            protocol="mt-sics", url="socket://127.0.0.1:4001", line="9600 7E1 xonxoff", serial="B123"
        ),
        scanner=ScannerSettings(url="/dev/ttyACM0", suffix="\r", aim=False),
        cabinets=("PEC-1", "PEC-2"),
        printer=station.printer,
    )
    assert (station.printer.kind, station.printer.folder) == ("spool", Path("queue"))


def test_a_line_that_no_port_can_be_set_to_is_refused_with_one_that_can(tmp_path: Path) -> None:
    text = '[stations.IV-1]\nbalance = {url = "socket://127.0.0.1:4001", line = "9600-8-N-1"}\n'
    (tmp_path / "vialtrace.toml").write_text(text)
    with pytest.raises(WrongSettings, match="9600 8N1"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VIALTRACE_PORT", "eighty", "Setting port: Input should be a valid integer"),
        ("VIALTRACE_PORT", "70000", "Setting port: Input should be less than or equal to 65535"),
        ("VIALTRACE_SITE", "main pharmacy", "Setting site: String should match pattern"),
        (
            "VIALTRACE_SITE_ZONE",
            "Mars/Olympus",
            "Setting site_zone: there is no time zone 'Mars/Olympus'; write one such as",
        ),
        ("VIALTRACE_SITE_ZONE", "../../etc/passwd", "Setting site_zone: there is no time zone"),
        ("VIALTRACE_DEMO", "perhaps", "Setting demo: Input should be a valid boolean"),
        ("VIALTRACE_TLS_CERT", "cert.pem", "Tls_cert and tls_key belong together; set both or neither"),
        (
            "VIALTRACE_STATIONS",
            '{"IV-1": {"balanse": {}}}',
            "Setting stations.IV-1.balanse: Extra inputs are not permitted",
        ),
        (
            "VIALTRACE_STATIONS",
            '{"IV-1": {"balance": {"url": "x", "line": "fast"}}}',
            "Setting stations.IV-1.balance.line:",
        ),
        ("VIALTRACE_STATIONS", "not json", "The settings cannot be read: error parsing value for field"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        load_settings()
    assert len(caught.value.sentences) == 1
    assert caught.value.sentences[0].startswith(says)
    assert caught.value.sentences[0].endswith(".")


def test_each_wrong_setting_has_its_own_sentence(tmp_path: Path) -> None:
    (tmp_path / "vialtrace.toml").write_text('port = -1\nsite = ""\nprot = 3\n')
    with pytest.raises(WrongSettings) as caught:
        load_settings()
    assert [sentence.split(":")[0] for sentence in caught.value.sentences] == [
        "Setting site",
        "Setting port",
        "Setting prot",
    ]


def test_a_toml_file_that_cannot_be_read_is_a_sentence_too(tmp_path: Path) -> None:
    (tmp_path / "vialtrace.toml").write_text("port = = 3\n")
    with pytest.raises(WrongSettings, match="The settings cannot be read"):
        load_settings()


def test_secrets_are_made_once_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    settings = load_settings()
    first = load_secrets(settings)
    assert load_secrets(settings) == first
    assert (len(first.pepper), len(first.pepper_id), len(first.secret_key) >= 43) == (32, 8, True)
    for name in ("secret_key", "pepper"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    other = load_secrets(load_settings(data_dir=tmp_path / "other"))
    assert {other.secret_key, other.pepper}.isdisjoint({first.secret_key, first.pepper})


@pytest.mark.parametrize(
    ("name", "spoil", "says"),
    [
        ("pepper", lambda path: path.chmod(0o644), "Others may read .*pepper"),
        ("secret_key", lambda path: path.chmod(0o640), "Others may read .*secret_key"),
        ("pepper", lambda path: path.write_text(""), "pepper is empty"),
        ("pepper", lambda path: path.write_text("abcd:xyz"), "pepper is damaged"),
        ("pepper", lambda path: path.write_text("abcd1234"), "pepper is damaged"),
    ],
)
def test_a_secret_that_is_open_empty_or_damaged_stops_the_start(name: str, spoil: object, says: str) -> None:
    settings = load_settings()
    load_secrets(settings)
    spoil(settings.data_dir / name)  # type: ignore[operator]  # a function of the table above
    with pytest.raises(WrongSettings, match=says):
        load_secrets(settings)
