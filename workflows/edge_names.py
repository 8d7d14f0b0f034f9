"""Which edges belong together: what is tried of every container, of every first reading, of every pair, of every signature."""

from __future__ import annotations

ENTRY = ("badge", "typed alone", "typed without photo", "typed with witness")
MATERIALS = ("of a material it is kept from", "materials not known")
DATES = ("expired yesterday", "expires today", "recalled lot", "no lot")
GOODS = (*ENTRY, *DATES, "same unit again", "no unit number", "used elsewhere")
BALANCE = ("not checked", "check over", "other balance", "calibration over", "zero off", "never empty")
FIRST = (*BALANCE, "unstable", "typed", "empty pan", "over capacity", "old reading", "same reading again")
PAIR = (
    *("restarted between", "31 minutes apart", "coarse balance", "just inside", "just below", "just above"),
    *("too close", "weighed again"),
)
LAID_IN = ("restarted between", "31 minutes after the empty bottle", "nothing laid in")
PAPER = ("stale page", "another's name", "other meaning")
SIGNING = (
    *PAPER,
    "one photo not seen",
    "typed code not accepted",
    "beyond use passed",
    "recalled meanwhile",
    "passkey asked",
    "confirmation over",
)
STOCK = (
    *(
        "other drug",
        "other size",
        "same strength, package not named",
        "one too few left",
        "just enough left",
        "none left",
    ),
    *("expires in use", "expires with it"),
)
OPENED = (
    *("opened before", "opened, no stock", "opened elsewhere", "opened too long ago"),
    "opened, too little left",
)
