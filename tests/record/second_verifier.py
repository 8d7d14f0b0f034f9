"""A second verifier, written from the published recipe alone: standard library only, nothing of ours.

Usage: python second_verifier.py FILE.db, a closed database or a backup of one.
Prints the first fault and exits with 1, or prints nothing and exits with 0.
"""

import hashlib
import json
import sqlite3
import sys

COPIES = ("at", "command_id", "kind", "preparation", "second_person", "shape", "site", "station", "version", "who")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogateescape"
    )


def first_fault(path):
    """Return a sentence that begins with the site and number of the first wrong event, or None."""
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    database.row_factory = sqlite3.Row
    try:
        return _first_fault(database)
    finally:
        database.close()


def _first_fault(database):
    streams, sites, seq = {}, {}, 0
    for row in database.execute("SELECT * FROM event NOT INDEXED ORDER BY seq"):
        place = f"{row['site']} {row['site_seq']}"
        body = row["body"].encode("utf-8", "surrogateescape")
        version, before = streams.get(row["preparation"], (0, bytes(32)))
        number, site_before = sites.get(row["site"], (0, bytes(32)))
        if (row["seq"], row["version"], row["site_seq"]) != (seq + 1, version + 1, number + 1):
            return f"{place}: out of order"
        try:
            said = json.loads(body)
        except ValueError:
            return f"{place}: not JSON"
        if canonical(said) != body or any(said.get(name) != row[name] for name in COPIES):
            return f"{place}: body and columns differ"
        earlier = database.execute(
            "SELECT count(*) FROM event WHERE command_id = ? AND seq < ?", (row["command_id"], row["seq"])
        ).fetchone()[0]
        if row["ordinal"] != earlier:
            return f"{place}: ordinal"
        digest = hashlib.sha256(b"vialtrace/event/1\0" + before + body).digest()
        site_digest = hashlib.sha256(b"vialtrace/site/1\0" + site_before + digest).digest()
        if (digest, site_digest) != (row["digest"], row["site_digest"]):
            return f"{place}: digest"
        seq = row["seq"]
        streams[row["preparation"]] = (row["version"], digest)
        sites[row["site"]] = (row["site_seq"], site_digest)
    heads = {row["site"]: (row["site_seq"], row["site_digest"]) for row in database.execute("SELECT * FROM site_head")}
    if heads != sites:
        return f"heads: {sorted(set(heads.items()) ^ set(sites.items()))[0][0]} is not where the log ends"
    return None


if __name__ == "__main__":
    fault = first_fault(sys.argv[1])
    if fault:
        print(fault)
        sys.exit(1)
