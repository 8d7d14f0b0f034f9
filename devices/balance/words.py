"""What the driver made of the bytes, in the words transcripts are written in."""

from __future__ import annotations

from devices.balance.says import (
    Accepted,
    BalanceData,
    Commands,
    Done,
    Door,
    FormatError,
    Identified,
    Name,
    NotShown,
    NoZero,
    Restarted,
    Says,
    Started,
    Tare,
    Temperature,
    Weight,
    WrongFormat,
)
from devices.errors import Garbled, OutOfRange, Refusing, Silent, Trouble
from devices.journal import escape
from devices.transcript import Words


def words_of(said: Says | Trouble) -> Words:
    """Return the `kind` and the data of one thing said. Values are decimal text, so that trailing zeros stay."""
    if isinstance(said, Silent | Garbled | Refusing | OutOfRange):
        return _trouble(said)
    return _said(said)


def _trouble(said: Trouble) -> Words:
    match said:
        case Silent():
            return {"kind": "timeout", "partial": escape(said.partial)}
        case WrongFormat() | Garbled(reason="auto print on"):
            return {"kind": "config_error", "reason": said.reason}
        case Garbled():
            return {"kind": "protocol_error", "reason": said.reason}
        case NoZero():
            return {"kind": "zero_error"}
        case OutOfRange(of="weighing"):
            return {"kind": "overload" if said.side == "+" else "underload"}
        case OutOfRange():
            return {"kind": f"out_of_{said.of}_range", "side": said.side}
        case Refusing():
            known = {"code": said.code, "source": said.source}
            return {"kind": _refused(said), **{key: value for key, value in known.items() if value is not None}}


def _refused(said: Refusing) -> str:
    match said:
        case FormatError():
            return "format_error"
        case NotShown():
            return str(said.code)
        case _:
            return said.kind


def _said(said: Says) -> Words:
    match said:
        case Weight():
            legend = {} if said.legend is None else {"id": said.legend}
            return {"kind": "weight", "value": str(said.value), "unit": said.unit, "stable": said.stable, **legend}
        case Tare():
            return {"kind": "tare", "value": str(said.value), "unit": said.unit, **_rest(said.stable)}
        case Done():
            return {"kind": "ok", **_rest(said.stable)}
        case Accepted():
            return {"kind": "accepted"}
        case Started():
            return {"kind": "started"}
        case Name(what="sics_levels"):
            return {"kind": "sics_levels", "levels": said.value}
        case Name():
            return {"kind": said.what, "value": said.value}
        case BalanceData():
            capacity = str(said.capacity)
            return {
                "kind": "balance_data",
                "raw": said.raw,
                "type": said.model,
                "capacity": capacity,
                "unit": said.unit,
            }
        case Commands():
            return {"kind": "commands", "list": [[level, name] for level, name in said.entries]}
        case Restarted():
            return {"kind": "reset" if said.asked else "device_restarted", "serial": said.serial}
        case Identified():
            return {"kind": "identified", "protocol": said.protocol}
        case Door():
            return {"kind": "door", "state": said.state}
        case Temperature():
            return {"kind": "temperature", "values": [str(value) for value in said.values]}


def _rest(stable: bool | None) -> Words:
    return {} if stable is None else {"stable": stable}
