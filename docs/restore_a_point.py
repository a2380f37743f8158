#!/usr/bin/env python3
"""restore_a_point.py STORE POINT TARGET [KEYFILE]: restore a point as docs/backup-format.md describes it."""

import json
import struct
import sys
from functools import partial
from pathlib import Path
from subprocess import PIPE, SubprocessError, run

store, point, target, key = map(Path, [*sys.argv[1:], ""][:4])
keyed, read, undo = {}, [f"point {point}"], bool  # nothing is there yet that must go when it ends badly
sys.excepthook = lambda _, error, __: sys.exit(undo() or f"{read[-1]}: {error!r}. {target} was not written.")
piped, ZSTD = partial(run, stdout=PIPE, check=True), ("zstd", "-dc")


def fetch(name):
    data = (store / (read.append(name) or name)).read_bytes()
    return piped(("age", "-d", "-i", key), input=data).stdout if name.endswith(".age") else data


def check(data, expected, what):
    if blake3 and blake3(data, **keyed).hexdigest() != expected:
        raise ValueError(f"{what} is not as it was written")


try:  # without the naming key nothing of an encrypted store can be compared
    blake3 = __import__("blake3").blake3
    keyed = {"key": bytes.fromhex(fetch("keys/naming.age").decode())} if sys.argv[4:] else {}
except (ImportError, OSError, ValueError, SubprocessError):
    blake3 = None
manifest = json.loads(fetch(str(next(store.glob(f"points/*{point}.json"), store / point).relative_to(store))))
seal, pages, size, where = manifest.pop("seal"), manifest["pages"], manifest["page_size_bytes"], {}
check(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode(), seal, "the manifest")
for name in manifest["maps"]:  # where each page lies; a later map overrides the ones before
    line, records = piped(ZSTD, input=fetch(name)).stdout.split(b"\n", 1)
    header, at = json.loads(line), 0
    while at < len(records):
        pack, offset, length, n = struct.unpack_from("<IQIH", records, at)
        numbers, at = struct.unpack_from(f"<{n}I", records, at + 18), at + 18 + 37 * n
        for i, number in enumerate(numbers):
            hashed = records[at + 32 * (i - n) : at + 32 * (i - n + 1)]
            where[number] = header["packs"][pack], offset, length, records[at - 33 * n + i], hashed
    where = {number: place for number, place in where.items() if number <= header["pages"]}
hashes = (where[number + 1][4] for number in range(pages))
whole = b"".join(hashes) if manifest["maps"] else piped(ZSTD, input=fetch(manifest["packs"][0])).stdout
check(whole, manifest["root"], "the page map or the plain copy")
with target.open("xb") as out:
    undo, frame_at, pack, contents = target.unlink, None, None, None
    out.write(b"" if manifest["maps"] else whole)
    for number, (name, offset, length, slot, hashed) in sorted(where.items(), key=lambda each: each[1]):
        pack, contents = (name, fetch(name)) if name != pack else (pack, contents)
        if frame_at != (name, offset):
            frame_at, frame = (name, offset), piped(ZSTD, input=contents[offset : offset + length]).stdout
        check(page := frame[slot * size : (slot + 1) * size], hashed.hex(), f"page {number} in {name}")
        out.seek((number - 1) * size)
        out.write(page)
print(f"{target}: {pages * size} bytes", "compared with their hashes" if blake3 else "and NOT compared")
for path in sorted(store.glob("ledger/*")):  # the list of erased records, which goes with every restore
    print(f"Records were erased, see {path}: erase them again before this file is used.")
