"""What a site may set for the doors that other systems knock on: where messages are received, from whom, and their limits."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ClientSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = Field(
        min_length=1, description="sender profile of this client: the name of a shipped one, or a file"
    )
    token_sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="SHA-256 of its token in hex, as `vialtrace order token` prints both"
    )


class MllpSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="the one address to listen on; loopback unless TLS is set")
    port: int = Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")
    profiles: tuple[str, ...] = Field(
        ("oncehr",), min_length=1, description="sender profiles admitted here: names of shipped ones, or files"
    )
    peers: tuple[str, ...] = Field(
        (), description="networks that may connect, such as 10.20.0.0/16; empty: loopback alone"
    )
    tls_cert: Path | None = Field(None, description="certificate chain, PEM")
    tls_key: Path | None = Field(None, description="private key of the certificate, PEM")
    tls_clients: Path | None = Field(None, description="PEM of the authority that signed the senders' certificates")
    most_kib: int = Field(1024, ge=64, le=16384, description="KiB of one message")
    frame_s: int = Field(60, ge=1, le=600, description="seconds from the first to the last byte of a message")
    idle_s: int = Field(7200, ge=1, le=86400, description="seconds without a byte after which a connection is closed")
    connections: int = Field(32, ge=1, le=256, description="senders connected at a time")

    @field_validator("peers")
    @classmethod
    def _networks_can_be_read(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for one in networks:
            try:
                ip_network(one)
            except ValueError as error:
                raise ValueError(f"{one!r} is no network; write one such as 10.20.0.0/16") from error
        return networks

    @model_validator(mode="after")
    def _belongs_together(self) -> MllpSettings:
        files = (self.tls_cert, self.tls_key, self.tls_clients)
        if any(files) and not all(files):
            raise ValueError("tls_cert, tls_key and tls_clients belong together; set all or none")
        for file in files:
            if file is not None and not file.is_file():
                raise ValueError(f"there is no file {file}")
        if self.host not in LOOPBACK and not all(files):
            raise ValueError(
                f"{self.host} is reached from other machines, and there TLS with client certificates is needed: "
                "give tls_cert, tls_key and tls_clients"
            )
        return self
