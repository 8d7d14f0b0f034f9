"""What a site may set, read once at the start and typed; and the secrets made on the first start."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from app.interface_settings import ClientSettings, MllpSettings
from app.release import software
from app.station_settings import StationSettings

TOML_FILE = "vialtrace.toml"
"""Read from the folder the command is started in; `.env` and the environment (prefix VIALTRACE_) stand above it."""


ORDER_NUMBER = "{order}"
"""Stands for the order's number in `bedside_code`."""


class WrongSettings(Exception):  # noqa: N818  # named as the answer the caller hears
    """Something that was set cannot be; `sentences` has one line for each, and the start stops."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        """Keep the sentences, and show them together as the exception's text."""
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="VIALTRACE_",
        env_file=".env",
        env_nested_delimiter="__",
        toml_file=TOML_FILE,
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(Path("data"), description="folder of the database, photos and secrets; on a local disk")
    database_url: str = Field(
        "",
        description="sqlite:///path or postgresql://role@host/database, as the role that serves; empty: vialtrace.db in data_dir",
    )
    database_owner_url: str = Field(
        "",
        description="PostgreSQL only, for `vialtrace db upgrade` alone: the same database as the role that owns its tables",
    )
    photos_url: str = Field(
        "",
        description="where photos lie: a folder, or s3://bucket/prefix[?endpoint=https://…]; empty: blobs in data_dir",
    )
    site: str = Field("MAIN", pattern=r"^[A-Z0-9][A-Z0-9-]{0,15}$", description="code of this site in every event")
    site_name: str = Field(
        "Main pharmacy", min_length=1, max_length=80, description="name of this site on screens and labels"
    )
    site_telephone: str = Field(
        "not set", min_length=1, max_length=40, description="telephone of the pharmacy, as final labels print it"
    )
    bedside_code: str = Field(
        "",
        max_length=40,
        description="what the bedside system reads from a bag's Code 128, {order} for the order number; empty: no such code",
    )
    syringe_stock: Literal["57.2x50.8", "76.2x50.8", "101.6x50.8"] = Field(
        "57.2x50.8", description="roll that final labels of syringes are printed on, in mm: width x height"
    )
    costs_per_mg: dict[str, Decimal] = Field(
        default_factory=dict,
        description="what a milligram costs, by the drug's name, for the waste on the page Quality",
    )
    site_zone: str = Field("America/Chicago", description="IANA name of the zone that screens and labels show times in")
    retention_days: int = Field(
        3653,
        ge=1,
        le=36525,
        description="days from the last event of an order until its patient's text may be purged; no purge comes earlier",
    )
    demo: bool = Field(
        False, description="a fictitious pharmacy: NOT FOR CLINICAL USE on every screen, label and export"
    )
    demo_signer: bool = Field(
        False, description="a demo signs its checkpoints inside the server, with a throw-away key that proves nothing"
    )
    host: str = Field("127.0.0.1", description="address to listen on; loopback unless TLS is set")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    tls_cert: Path | None = Field(None, description="certificate chain, PEM")
    tls_key: Path | None = Field(None, description="private key of the certificate, PEM")
    stations: dict[str, StationSettings] = Field(
        default_factory=dict, description="the stations by their code, and what stands at each"
    )
    mllp: dict[str, MllpSettings] = Field(
        default_factory=dict, description="ports on which orders are received by HL7 v2, by a name of their own"
    )
    fhir_clients: dict[str, ClientSettings] = Field(
        default_factory=dict, description="systems that may send orders by FHIR, by a name of their own"
    )
    plain_webhooks: tuple[str, ...] = Field(
        (), description="hosts that webhooks may be posted to without TLS, by name; this machine is always permitted"
    )
    patient_webhooks: tuple[str, ...] = Field(
        (), description="hosts that webhooks may tell who the patient is, by name; this machine is always permitted"
    )
    label_printers: tuple[str, ...] = Field(
        (),
        description="hosts of label printers that a desk may choose beyond private networks and this file's own, by name",
    )
    behind_proxy: bool = Field(
        False, description="TLS ends at a proxy on this machine: what it says of scheme, host and client is believed"
    )
    log_format: Literal["text", "json"] = Field("text", description="how the log is written to stderr, one line each")
    log_requests: bool = Field(True, description="whether the log has a line for each request (polling is left out)")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token of whoever reads /metrics, 16 characters or more; empty: no /metrics"
    )
    backup_folder: Path | None = Field(
        None, description="where encrypted backups are written, best on a share that only grows; empty: no backups"
    )
    backup_every: int = Field(24, ge=1, le=168, description="hours between two backups")
    backup_recipients: tuple[str, ...] = Field(
        (), description="public keys of age (age1… or ssh-…) that open the backups; the secret ones are kept elsewhere"
    )
    backup_command: tuple[str, ...] = Field(
        (),
        description="program and arguments that take each backup to another machine; {archive} and {folder} are filled in",
    )
    backup_keep: int = Field(
        90, ge=7, description="days that each backup is kept; then the first of each month stays for good"
    )
    drill_every: int = Field(7, ge=0, le=90, description="days between two restore drills; 0: none")
    encryption_at_rest: str = Field(
        "",
        max_length=200,
        description="how the disk is encrypted, in the site's words, where the program cannot see it",
    )
    checkpoint_alarm: int = Field(
        10, ge=2, le=1440, description="minutes an event may stand unsigned before the health page says so"
    )
    site_state: str = Field(
        "",
        pattern=r"^[A-Z0-9-]{0,8}$",
        description="state or region whose licence a pharmacist needs to sign here; empty: any licence will do",
    )
    idle_minutes: int = Field(15, ge=1, le=15, description="minutes without a touch after which a session locks")
    desk_second_factor: Literal["none", "remote", "all"] = Field(
        "none",
        description="who gives a one-time code beside the password at a desk: nobody, whoever asks from outside "
        "desk_networks, or everybody; with a proxy, remote needs behind_proxy",
    )
    desk_networks: tuple[str, ...] = Field(
        (), description="networks of the pharmacy's own desks, such as 10.20.0.0/16; this machine always counts"
    )
    release_signature: Literal["pin", "passkey"] = Field(
        "pin",
        description="what a pharmacist approves with: pin (at a desk the password) or a passkey; "
        "passkey is advised where pharmacists work remotely",
    )
    passkey_origin: str = Field(
        "",
        pattern=r"^(https://[a-z0-9.-]+(:\d{1,5})?)?$",
        description="https address that browsers use, such as https://vialtrace.example; passkeys are bound to its name. "
        "Empty: passkeys work at http://localhost only",
    )
    secret_ageing: Literal["review", "change"] = Field(
        "review", description="an old PIN or password is looked at again by its owner (review) or must be changed"
    )
    secret_days: int = Field(365, ge=0, le=3650, description="days after which a PIN or password is old; 0: never")
    badge_review_days: int = Field(365, ge=1, le=3650, description="days after which a badge is tried again")
    training_reminder_days: int = Field(
        30, ge=1, le=180, description="days before its end from which a competency or credential is called to mind"
    )

    @property
    def training_reminder(self) -> timedelta:
        """How long before its end a competency or credential is called to mind."""
        return timedelta(days=self.training_reminder_days)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the name is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("site_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name!r}; write one such as America/Chicago") from error
        return name

    @field_validator("desk_networks")
    @classmethod
    def _networks_can_be_read(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for one in networks:
            try:
                ip_network(one)
            except ValueError as error:
                raise ValueError(f"{one!r} is no network; write one such as 10.20.0.0/16") from error
        return networks

    @field_validator("bedside_code")
    @classmethod
    def _names_the_order(cls, text: str) -> str:
        if text and (ORDER_NUMBER not in text or not text.isascii() or not text.isprintable()):
            raise ValueError(
                f"{text!r} is the same on every bag, or cannot stand in a Code 128; write for example {{order}}"
            )
        return text

    @model_validator(mode="after")
    def _belongs_together(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key belong together; set both or neither")
        for file in (self.tls_cert, self.tls_key):
            if file is not None and not file.is_file():
                raise ValueError(f"there is no file {file}, which tls_cert or tls_key names")
        if 0 < len(self.metrics_token.get_secret_value()) < 16:
            raise ValueError("metrics_token is too short to be a secret; give 16 characters or more, or leave it empty")
        if self.release_signature == "passkey" and not self.passkey_origin and not self.demo:
            raise ValueError("release_signature = passkey needs passkey_origin, the https address that browsers use")
        if self.demo_signer and not self.demo:
            raise ValueError("demo_signer is for a demo; a pharmacy runs `vialtrace record sign` under its own account")
        if self.backup_folder is not None and not self.backup_recipients:
            raise ValueError(
                "backup_folder needs backup_recipients: a backup that is not encrypted is not written there"
            )
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir.resolve() / 'vialtrace.db'}")
        _refuse_open_store(self.photos_url)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone that screens and labels show times in."""
        return ZoneInfo(self.site_zone)

    @property
    def software(self) -> str:
        """Name and version of this program, as every event carries it."""
        return software()

    @property
    def site_stream(self) -> str:
        """The stream of acts that belong to no preparation."""
        return f"site/{self.site}"

    @property
    def photos(self) -> Path | str:
        """Where photos and other large contents lie: a folder, or the address of a bucket."""
        if not self.photos_url:
            return self.data_dir / "blobs"
        return self.photos_url if self.photos_url.startswith("s3://") else Path(self.photos_url.removeprefix("file://"))


def _refuse_open_store(url: str) -> None:
    """Raise ValueError for a photo store that is none, or that is reached without TLS beyond this machine (Q34)."""
    parts = urlsplit(url)
    if parts.scheme not in {"", "file", "s3"} or (parts.scheme == "s3" and not parts.netloc):
        raise ValueError(f"photos_url {url!r} is neither a folder nor s3://bucket/prefix")
    endpoint = urlsplit(parse_qs(parts.query).get("endpoint", [""])[0])
    if endpoint.scheme and endpoint.scheme != "https" and endpoint.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError(
            "the endpoint of photos_url is reached from another machine, and there TLS is needed: write https://"
        )


def load_settings(**given: Any) -> Settings:
    """Read the settings: given, environment, .env, vialtrace.toml; raise WrongSettings, a sentence for each fault."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise WrongSettings(tuple(_sentence(fault["loc"], fault["msg"]) for fault in error.errors())) from error
    except (SettingsError, ValueError) as error:
        raise WrongSettings((f"The settings cannot be read: {error}.",)) from error


def _sentence(place: tuple[int | str, ...], says: str) -> str:
    name = ".".join(str(part) for part in place)
    words = says.removeprefix("Value error, ")
    return f"Setting {name}: {words}." if name else f"{words[0].upper()}{words[1:]}."


@dataclass(frozen=True)
class Secrets:
    """What the running program must know and no database or backup may hold."""

    secret_key: str  # signs CSRF tokens only
    pepper: bytes  # 32 bytes mixed into every PIN and password before it is hashed
    pepper_id: str  # eight characters that name the pepper, so that a new one can replace it person by person
    code_key: bytes  # 32 bytes that encrypt the secrets of one-time codes
    code_key_id: str  # eight characters that name that key


def load_secrets(settings: Settings) -> Secrets:
    """Read the secrets from data_dir, making them (0600) at first; raise WrongSettings when others may read them."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = _secret(settings.data_dir / "secret_key", lambda: secrets.token_urlsafe(32))
    pepper_id, pepper = _named_key(settings.data_dir / "pepper", "without it nobody can sign in")
    code_id, code = _named_key(settings.data_dir / "code_key", "without it one-time codes cannot be checked")
    return Secrets(secret_key=key, pepper=pepper, pepper_id=pepper_id, code_key=code, code_key_id=code_id)


def _named_key(path: Path, loss: str) -> tuple[str, bytes]:
    """Read a key of 32 bytes with its name, making both at first."""
    name, _, digits = _secret(path, lambda: f"{secrets.token_hex(4)}:{secrets.token_hex(32)}").partition(":")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if len(raw) != 32 or not name:
        raise WrongSettings((f"{path} is damaged. Restore it: {loss}.",))
    return name, raw


def load_pseudonym_key(settings: Settings) -> bytes:
    """Read the 32 bytes that pseudonyms are made with, making them (0600) at first; no backup of the record holds them.

    Whoever has them can tell which patient a pseudonym stands for; without them, no later export matches an earlier one.
    """
    path = settings.data_dir / "pseudonym_key"
    try:
        raw = bytes.fromhex(_secret(path, lambda: secrets.token_hex(32)))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise WrongSettings((f"{path} is damaged. Restore it: without it no export matches an earlier one.",))
    return raw


def _secret(path: Path, make: Any) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
    if path.stat().st_mode & 0o077:
        raise WrongSettings((f"Others may read {path}. Run `chmod 600 {path}`, and make a new secret if they did.",))
    text = path.read_text().strip()
    if not text:
        raise WrongSettings((f"{path} is empty. Restore it from its own backup, or delete it to have a new one made.",))
    return text
