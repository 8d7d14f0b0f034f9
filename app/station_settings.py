"""What a site may set for one station: which instruments stand there, and how each is reached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from devices.printer.raw9100 import place
from devices.transport import LineSettings


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BalanceSettings(_Part):
    protocol: str = Field("mt-sics", description="name of the protocol in devices/registry.py")
    url: str = Field(description="where it is: /dev/ttyUSB0, socket://host:port or rfc2217://host:port")
    line: str = Field(
        "9600 8N1",
        description="bits a second, data bits, parity, stop bits; then xonxoff or rtscts where the balance wants it",
    )
    serial: str | None = Field(None, description="serial number it must report; no other balance's readings count")
    warm_up_minutes: int = Field(
        30, ge=0, le=240, description="minutes from power-on until its check of the day may be done, as its maker says"
    )
    internal_adjustment: bool = Field(False, description="whether it adjusts itself: its check begins with it then")
    averaging: bool = Field(False, description="each weight is a mean of 5 s: where airflow never lets it come to rest")

    @field_validator("line")
    @classmethod
    def _can_be_set(cls, text: str) -> str:
        LineSettings.parse(text)  # its ValueError says what to write
        return text


class ScannerSettings(_Part):
    url: str = Field(description="serial port, socket:// URL, or camera:/dev/video0 for a fixed camera that scans")
    suffix: str = Field("\r\n", description="what the scanner sends after each code")
    aim: bool = Field(True, description="whether it sends the AIM symbology identifier before each code")


class WedgeSettings(_Part):
    suffix: Literal["key", "none"] = Field("key", description="key: Enter or Tab ends each code; none: silence does")
    aim: bool = Field(False, description="true: a code that comes without its AIM symbology identifier is refused")
    layout: Literal["key", "us"] = Field("key", description="us: it types on US keys, whatever the tablet's layout")
    gs: tuple[Annotated[str, Field(min_length=1, max_length=12)], ...] = Field((), description="keys that mean GS: F8")


class CameraSettings(_Part):
    url: str = Field(
        pattern=r"^https?://", description="address of the camera's still picture, JPEG or PNG: http://host/still.jpg"
    )


class PrinterSettings(_Part):
    kind: Literal["spool", "pdf", "lp", "raw9100"] = Field(
        "pdf",
        description="spool: files a print queue takes; pdf: files a person opens; lp: a CUPS queue; raw9100: a ZPL printer",
    )
    folder: Path = Field(Path("labels"), description="where the label files are put; a relative path is under data_dir")
    queue: str = Field("", pattern=r"^[A-Za-z0-9_.@-]{0,127}$", description="lp only: the name of the CUPS queue")
    url: str = Field("", description="raw9100 only: where the printer listens, socket://host:9100")
    dpi: Literal[203, 300, 305] = Field(203, description="raw9100 only: dots an inch of its head")
    roll_mm: float = Field(
        0,
        ge=0,
        le=400,
        description="raw9100 only: length of one label on its roll in mm; 0 where rolls are not compared",
    )

    @model_validator(mode="after")
    def _can_be_reached(self) -> PrinterSettings:
        if self.kind == "raw9100":
            place(self.url)  # its ValueError says what to write
        if self.kind == "lp" and not self.queue:
            raise ValueError("a printer of kind lp needs queue, the name of the CUPS queue")
        return self

    @property
    def named(self) -> str:
        """Return how the record names it: its folder, its queue or its address."""
        return {"lp": f"print queue {self.queue}", "raw9100": self.url}.get(self.kind, str(self.folder))


class StationSettings(_Part):
    balance: BalanceSettings | None = Field(None, description="the balance that stands here")
    scanner: ScannerSettings | None = Field(
        None, description="the scanner that hangs here; none where the tablet's own scanner types"
    )
    wedge: WedgeSettings = Field(WedgeSettings.model_construct(), description="how the tablet's own scanner types")
    camera: CameraSettings | None = Field(
        None, description="the camera that hangs here; none where the tablet's own camera takes the photos"
    )
    offline_page: bool = Field(
        True, description="whether its tablet keeps the page that says the server is away; false drops it again"
    )
    photo_sharpness: float = Field(
        0,
        ge=0,
        description="sharpness of a good photo taken here, as `vialtrace image decode` says it; under a quarter is blurred",
    )
    cabinets: tuple[str, ...] = Field((), description="codes of the cabinets this station works in")
    spill_kit: str = Field("", max_length=80, description="where the spill kit stands, for the station's spill card")
    spill_call: str = Field(
        "", max_length=80, description="emergency service for exposed people and its telephone, for the spill card"
    )
    printer: PrinterSettings = Field(PrinterSettings.model_construct(), description="where labels go")
