"""Checks a bundle of vialtrace with Python alone: no package, no database, no network.

Usage: python verify.py BUNDLE.zip [FINGERPRINT ...]

Each FINGERPRINT is the 64 digits of a public key that you know from elsewhere than this bundle; without one the
signatures say nothing about who made them. Prints the verdict as one JSON object. Exit 0: nothing is wrong; 1: something is.
"""

# mypy: disallow-untyped-defs=False, check-untyped-defs=False, disallow-untyped-calls=False
# (an auditor reads this file alone and runs it with any Python 3.9 or later: it stays as plain as it can be)

import base64
import hashlib
import json
import sys
import zipfile
import zlib

COPIES = ("at", "command_id", "data", "kind", "preparation", "second_person", "shape", "site", "software", "station",
          "version", "who")  # fmt: skip

MANIFEST = ["at", "counts", "files", "format", "preparation", "site", "software", "start"]

# --- Ed25519 (RFC 8032), for checking only ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def point_of(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def fits(key, signature, content):
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + content).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# --- the bundle ---


def verify(path, fingerprints=()):
    """Return {ok, events, checkpoints, photos, left_out, faults, trusted_until, keys}; photos left out show a name."""
    bundle = Bundle(path, fingerprints)
    try:
        bundle.check()
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, RuntimeError,
            NotImplementedError, EOFError, zlib.error) as error:  # fmt: skip
        bundle.wrong("bundle", f"it cannot be read: {type(error).__name__}: {error}")
    return bundle.verdict()


class Bundle:
    def __init__(self, path, fingerprints):
        self.path, self.given = path, set(fingerprints)
        self.faults, self.files, self.keys, self.revoked = [], {}, {}, {}
        self.events = self.notes = self.photos = self.left_out = 0
        self.passkeys = 0
        self.until = None
        self.accepted, self.lost = set(), set()

    def wrong(self, where, says):
        self.faults.append({"where": where, "says": says})

    def verdict(self):
        return {
            "ok": not self.faults, "events": self.events, "checkpoints": self.notes, "photos": self.photos,
            "left_out": self.left_out,
            "faults": self.faults, "trusted_until": self.until if not self.faults else None,
            "keys": sorted(hashlib.sha256(raw).hexdigest() for raw in self.keys.values()),
            "passkeys_unchecked": self.passkeys,
        }  # fmt: skip

    def check(self):
        with open(self.path, "rb") as file:
            raw = file.read()
        if raw[-71:-64] != b"sha256 " or hashlib.sha256(raw[:-64]).hexdigest().encode() != raw[-64:]:
            self.wrong("bundle", "the file is not as it was written: the seal at its end does not fit")
        with zipfile.ZipFile(self.path) as box:
            names = box.namelist()
            if len(names) != len(set(names)):
                self.wrong("bundle", "a file is in it twice")
            listing = box.read("manifest.json")
            self.manifest = json.loads(listing)
            again = (
                json.dumps(self.manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            )
            if again != listing or sorted(self.manifest) != MANIFEST:
                self.wrong("manifest.json", "it is not written as vialtrace writes it")
            said = self.manifest["files"]
            for name in sorted(set(names) ^ {*said, "manifest.json"}):
                self.wrong(name, "it is in the manifest or in the bundle, not in both")
            self.files = {name: box.read(name) for name in names if name in said}
        for name, content in self.files.items():
            if said[name] != {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}:
                self.wrong(name, "it is not what the manifest says")
        if self.manifest["format"] != "vialtrace-bundle/2":
            self.wrong("manifest.json", "this verifier does not know the format")
        self.chain()
        self.tables()
        self.blobs()
        self.checkpoints()
        said = self.manifest
        if said["counts"] != {"events": self.events, "checkpoints": self.notes, "blobs": self.photos}:
            self.wrong("manifest.json", "it counts other events, checkpoints or contents than are there")
        made = f"Made at {said['at']} by {said['software']} for site {said['site']}."
        if made not in self.files["README.txt"].decode().splitlines():
            self.wrong("manifest.json", "it names another time, program or site than README.txt")

    def lines(self, name):
        return self.files[name].split(b"\n")[:-1]

    def chain(self):
        """Follow both chains; remember each site digest by site and number."""
        one = self.manifest["preparation"]
        bodies, streams, seq, commands = iter(self.lines("events.jsonl")), {}, 0, {}
        ends = {site: (at["site_seq"], bytes.fromhex(at["site_digest"])) for site, at in self.manifest["start"].items()}
        self.digests = {(site, number): digest for site, (number, digest) in ends.items()}
        self.starts, self.ends = dict(self.digests), ends
        for line in self.lines("chain.jsonl"):
            link = json.loads(line)
            number, before = ends[link["site"]]
            place = f"{link['site']} {link['site_seq']}"
            digest = bytes.fromhex(link["digest"])
            made = hashlib.sha256(b"vialtrace/site/1\0" + before + digest).digest()
            if link["site_seq"] != number + 1:
                gone = f"{number + 1} to {link['site_seq'] - 1}" if link["site_seq"] - number > 2 else number + 1
                self.wrong(place, f"it comes after {number}: missing of site {link['site']}: {gone}")
            if "site_digest" in link:
                self.event(place, link, next(bodies, b""), digest, streams, commands, seq)
                seq = link["seq"]
                if link["site_digest"] != made.hex():
                    self.wrong(place, "it is not in its place: its site digest does not fit")
            elif one is None:
                self.wrong(place, "its event is left out of a bundle of everything")
            ends[link["site"]] = (link["site_seq"], made)
            self.digests[link["site"], link["site_seq"]] = made
        if next(bodies, None) is not None or (one is not None and set(streams) != {one}):
            self.wrong("events.jsonl", "it holds events that the chain does not name")

    def event(self, place, link, body, digest, streams, commands, seq):
        self.events += 1
        self.passkeys += b'"assertion":{' in body
        said = json.loads(body)
        again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if again != body or set(said) != set(COPIES):
            self.wrong(place, "its body is not in canonical form")
        version, before = streams.get(said["preparation"], (0, bytes(32)))
        if said["version"] != version + 1 or said["site"] != link["site"]:
            self.wrong(place, f"version {said['version']} of {said['preparation']} comes after {version}")
        if hashlib.sha256(b"vialtrace/event/1\0" + before + body).digest() != digest:
            self.wrong(place, "its body is not what was written: its digest does not fit")
        whole = self.manifest["preparation"] is None
        if (whole and (link["seq"], link["ordinal"]) != (seq + 1, commands.get(said["command_id"], 0))) or link[
            "seq"
        ] <= seq:
            self.wrong(place, "its number or ordinal does not fit")
        commands[said["command_id"]] = commands.get(said["command_id"], 0) + 1
        streams[said["preparation"]] = (said["version"], digest)

    def tables(self):
        """Follow the running digest of each table that only grows; remember it by table and number."""
        self.rows = {}
        for name in self.files:
            if name.startswith("rows/"):
                table, before = name[len("rows/") : -len(".jsonl")], bytes(32)
                for number, line in enumerate(self.lines(name), 1):
                    said = json.loads(line)
                    row = json.dumps(said["row"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
                    before = hashlib.sha256(b"vialtrace/row/1\0" + before + row).digest()
                    self.rows[table, number] = before
                    if said["row"]["seq"] != number or said["digest"] != before.hex():
                        self.wrong(f"{table} {number}", "the row is missing or not what was written")

    def blobs(self):
        listed = {}
        for line in self.lines("blobs.jsonl"):
            row = json.loads(line)
            listed[f"blobs/{row['sha256']}"] = row
        self.photos = len(listed)
        self.left_out = sum(row.get("withheld", False) for row in listed.values())
        for name, row in listed.items():
            content = self.files.get(name)
            if (row["purged"] or row.get("withheld", False)) != (content is None):
                self.wrong(name, "it is missing, or left out and still there")
            elif content is not None and (hashlib.sha256(content).hexdigest(), len(content)) != (
                row["sha256"],
                row["size"],
            ):
                self.wrong(name, "it is not what was filed")
        for name in self.files:
            if name.startswith("blobs/") and name not in listed:
                self.wrong(name, "it is not in the list")

    def checkpoints(self):
        for name, content in self.files.items():
            if name.startswith("keys/") and name.endswith(".pub"):
                raw = base64.b64decode(content.split()[2], validate=True)
                mark = hashlib.sha256(raw).hexdigest()
                if content != b"vialtrace-key ed25519 " + base64.b64encode(raw) + b" " + mark.encode() + b"\n":
                    self.wrong(name, "it is not a public key")
                self.keys[mark[:32]] = raw
        for line in self.files.get("keys/revoked", b"").decode().splitlines():
            key, site, number, _why = line.split(" ", 3)
            self.revoked[key, site] = min(int(number), self.revoked.get((key, site), int(number)))
        found = []
        for name, content in self.files.items():
            if name.startswith("checkpoints/"):
                statement, _, below = content.decode().partition("\n\n")
                lines = statement.split("\n")
                signatures = [line.split(" ") for line in below.splitlines()]
                site, epoch, number, link = lines[0][len("vialtrace/") :], int(lines[1]), int(lines[2]), lines[3]
                order = (site, epoch, number, lines[-1], -len(signatures), content)
                found.append((order, base64.b64decode(link, validate=True), statement + "\n", signatures))
        self.notes = len(found)
        introduced = {}
        for order, digest, statement, signatures in sorted(found):
            self.checkpoint(order, digest, statement, signatures, introduced.setdefault(order[0], set()))
        for site, epoch in self.lost if self.given else ():
            if not any(where == site and since >= epoch for where, since in self.accepted):
                self.wrong(site, f"restore {epoch} lost events, and no checkpoint that counts was made over it since")
        signed = {(order[0], order[2]) for order, *_ in found}
        for place, digest in self.starts.items():
            if place[1] > 0 and place not in signed:
                self.wrong(f"{place[0]} {place[1]}", "the chain begins in the middle, where no checkpoint is")
            if place[1] == 0 and digest != bytes(32):
                self.wrong(f"{place[0]} 0", "the chain does not begin at its beginning")

    def checkpoint(self, order, digest, statement, signatures, introduced):
        site, number, place = order[0], order[2], f"{order[0]} {order[2]}"
        valid = []
        for kind, key, value in signatures:
            raw = self.keys.get(key)
            if (
                kind != "ed25519"
                or raw is None
                or not fits(
                    raw, base64.b64decode(value, validate=True), b"vialtrace/checkpoint/1\0" + statement.encode()
                )
            ):
                self.wrong(place, f"the signature of the key {key} does not fit, or the key is not at hand")
            else:
                valid.append(key)
        self.signed_rows(place, site, order[1], statement)
        lost = {key for key in {*valid, *introduced} if number >= self.revoked.get((key, site), 2**63)}
        live = [key for key in valid if key not in lost]
        vouched = [key for key in live if not self.given or hashlib.sha256(self.keys[key]).hexdigest() in self.given]
        by = [key for key in live if key in introduced]
        if not by and vouched and (not introduced or introduced <= lost):
            by = vouched
        introduced.update(live if by else ())
        if not signatures or (live and not by):
            self.wrong(place, "it is signed by no key that is given or was introduced by one")
        known = self.digests.get((site, number))
        if known is None:
            start, end = min((key[1] for key in self.starts if key[0] == site), default=0), self.ends.get(site, (0,))[0]
            inside = self.manifest["preparation"] is None or start < number <= end
            if inside and not self.excused(site, order[1], number):
                self.wrong(place, "a checkpoint covers this event, but it is missing")
        elif known != digest and not self.excused(site, order[1], number):
            self.wrong(place, "the record up to here is not the one the checkpoint was made over")
        elif known == digest and by and self.given:
            self.until = max(self.until or "", order[3])
            self.accepted.add((site, order[1]))

    def signed_rows(self, place, site, epoch, statement):
        """In a bundle of everything, compare what the checkpoint says of each table that only grows."""
        for line in statement.split("\n")[4:-2] if self.manifest["preparation"] is None else ():
            table, seq, link = line.split(" ")
            same = self.rows.get((table, int(seq))) == base64.b64decode(link, validate=True)
            if not same and not self.row_excused(site, epoch, table, int(seq)):
                self.wrong(place, f"the table {table} up to row {seq} is not the one signed, or it is missing")

    def row_excused(self, site, epoch, table, seq):
        """Say whether the first later restore came back without this row."""
        for body in self.lines("events.jsonl"):
            said = json.loads(body)
            if said["kind"] == "restored" and said["preparation"] == "site/" + site and said["data"]["epoch"] > epoch:
                return seq > said["data"]["running"].get(table, 0)
        return False

    def excused(self, site, epoch, number):
        """Say whether a later restore says that it lost this event."""
        for body in self.lines("events.jsonl"):
            said = json.loads(body)
            if said["kind"] == "restored" and said["preparation"] == "site/" + site and said["data"]["epoch"] > epoch:
                named = said["data"]["restored_to"] < number <= (said["data"]["missing_to"] or 0)
                if named:
                    self.lost.add((site, said["data"]["epoch"]))
                    return True
        return False


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = verify(sys.argv[1], [text.lower() for text in sys.argv[2:]])
    print(json.dumps(found))
    if not found["trusted_until"]:
        print(
            "No signature was checked against a fingerprint given: a rewritten history would not show.", file=sys.stderr
        )
    if found["passkeys_unchecked"]:
        print(
            f"{found['passkeys_unchecked']} signatures were made by passkey. Python alone cannot check a passkey's answer: "
            "vialtrace record verify does.",
            file=sys.stderr,
        )
    sys.exit(0 if found["ok"] else 1)
