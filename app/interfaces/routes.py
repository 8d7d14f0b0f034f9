"""What words say of a route: which they name, and whether they are wholly understood. They contradict a code, never replace it.

One word that nobody knows may turn a route into another: "PO via PEG" is a tube, and "IV or PO" is two. So a text is
understood only where every word of it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import get_args

from app.interfaces.hl7_coded import REMEMBERED
from workflows.order import Route

ANOTHER = "another"
"""What stands for a route that no order here can have."""
NAMING = (
    ("IV", re.compile(r"intraven(?:ous|ös|oes)|\bi\.v\.|\bivpb?\b")),
    ("IT", re.compile(r"intrathe[ck]al|intraventri[ck]ul|epidural|spinal|lumbar|\bi\.t\.")),
    ("PO", re.compile(r"\boral|by mouth|per os\b|\bp\.o\.")),
    ("SC", re.compile(r"sub[ck]ut|\bs\.c\.")),
    ("IM", re.compile(r"intramus[ck]ul|\bi\.m\.")),
    ("IVES", re.compile(r"intravesi[ck]al|bladder")),
    ("IP", re.compile(r"intraperiton[eä]al")),
    ("IPL", re.compile(r"intrapleural")),
    ("TOP", re.compile(r"topi[ck]al|(?<!sub)cutaneous|transdermal")),
    (
        ANOTHER,
        re.compile(
            r"\bintra-?(?!ven(?:ous|ös|oes)|the[ck]al|ventri[ck]ul|mus[ck]ul|vesi[ck]al|periton[eä]al|pleural)[a-z]"
            r"|rectal|nasal|inhal|ophthal"
        ),
    ),
    (
        ANOTHER,
        re.compile(
            r"\btub(?:e|es|ing)\b|sonde\b|ostomy|nasogastr|orogastr|enteral|\bpeg\b|\b[gj]-?tube|feeding"
            r"|\bpej\b|\bng\b|\bnj\b|\bnd\b|\bog\b|\bgt\b|\bjt\b|\bngt\b|\bogt\b|\bnjt\b|\bper g\b|\bper j\b"
        ),
    ),
)
"""Route to what names it in words. A tube into stomach or gut is no mouth: what is swallowed may clog it, or never arrive."""
NEAR_THE_SKIN = frozenset({"SC", "TOP"})
"""Routes that the words of a site name without meaning them: a subcutaneous port is a way into a vein."""
SYMBOL = re.compile(r"\b[A-Z]{2,4}\b")
OURS: Mapping[str, str] = {route: route for route in get_args(Route)}
WORDS: Mapping[str, str] = {
    **{route.casefold(): route for route in OURS},
    **dict.fromkeys(("intravenous", "intravenously", "intravenös", "intravenoes", "ivp", "ivpb", "ivpush"), "IV"),
    **dict.fromkeys(("ivbolus", "ivinf", "ivci", "civi"), "IV"),
    **dict.fromkeys(("intrathecal", "intrathecally", "intrathekal"), "IT"),
    **dict.fromkeys(("oral", "orally", "peroral", "mouth", "os"), "PO"),
    **dict.fromkeys(("subcutaneous", "subcutaneously", "subkutan", "subq", "sq"), "SC"),
    **dict.fromkeys(("intramuscular", "intramuscularly", "intramuskulär"), "IM"),
    **dict.fromkeys(("intravesical", "intravesically", "intravesikal"), "IVES"),
    **dict.fromkeys(("intraperitoneal", "intraperitoneally"), "IP"),
    **dict.fromkeys(("intrapleural", "intrapleurally"), "IPL"),
    **dict.fromkeys(("topical", "topically", "topisch"), "TOP"),
}
"""Word in lower case to the one route that it names."""
BESIDE = frozenset(
    {"route", "use", "by", "per", "via", "the", "into", "infusion", "infusions", "inf", "injection", "inj", "push"}
    | {"bolus", "drip", "piggyback", "continuous", "cont", "intermittent", "slow", "line", "central", "peripheral"}
    | {"venous", "vein", "port", "catheter", "pump", "syringe", "bag", "tablet", "tablets", "capsule", "capsules"}
    | {"solution", "suspension", "liquid"}
)
"""Words in lower case that stand beside the name of a route and change nothing of it."""
DOTTED = re.compile(r"\b([a-z])\.? ?([a-z])\.(?![a-z])")
"""Initials written with points: i.v. and p. o."""


def _named_in(text: str) -> tuple[str, ...]:
    low = text.casefold()
    return tuple(route for route, words in NAMING if words.search(low))


_short = lru_cache(maxsize=2048)(_named_in)


def routes_named(said: list[str], table: Mapping[str, str]) -> set[str]:
    """Return the routes that words name; `another` for one that no order of ours can have.

    A route of ours in capitals names itself, whether the sender's table has it or not.
    """
    found = {route for text in said for route in (_short(text) if len(text) <= REMEMBERED else _named_in(text))}
    symbols = {**OURS, **table}
    return found | {symbols[symbol] for text in said for symbol in SYMBOL.findall(text) if symbol in symbols}


@lru_cache(maxsize=2048)
def understood(text: str) -> frozenset[str]:
    """Return the one route of a text of which every word is known; nothing where one is not, or where it names two."""
    words = re.findall(r"\w+|[^\w\s.,;:/()-]", DOTTED.sub(r"\1\2", text.casefold()))
    named = {WORDS[word] for word in words if word in WORDS}
    known = all(word in WORDS or word in BESIDE for word in words)
    return frozenset(named) if known and len(named) == 1 else frozenset()
