#!/usr/bin/env python3
"""restore_a_point.py STORE POINT TARGET [KEYFILE]: restore a point as docs/backup-format.md describes it."""

import importlib.util
import json
import struct
import subprocess
import sys
from pathlib import Path

store, point, target, key = map(Path, [*sys.argv[1:], ""][:4])
named = (store / "keys/naming.age").exists()  # without it nothing of an encrypted store can be compared
can_check = importlib.util.find_spec("blake3") is not None and named == (len(sys.argv) > 4)


def piped(data, *command):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def opened(name):
    data = (store / name).read_bytes()
    return piped(data, "age", "-d", "-i", key) if name.endswith(".age") else data


def check(data, expected, what):
    if can_check and importlib.import_module("blake3").blake3(data, **keyed).hexdigest() != expected:
        sys.exit(f"{what} is not as it was written; {target} is not complete")


keyed = {"key": bytes.fromhex(opened("keys/naming.age").decode())} if named else {}
manifest = json.loads(next(store.glob(f"points/*{point}.json")).read_bytes())
seal, pages, size, where = manifest.pop("seal"), manifest["pages"], manifest["page_size_bytes"], {}
check(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode(), seal, "the manifest")
for name in manifest["maps"]:  # where each page lies; a later map overrides the ones before
    line, records = piped(opened(name), "zstd", "-dc").split(b"\n", 1)
    header, at = json.loads(line), 0
    while at < len(records):
        pack, offset, length, n = struct.unpack_from("<IQIH", records, at)
        numbers, at = struct.unpack_from(f"<{n}I", records, at + 18), at + 18 + 4 * n
        for i, number in enumerate(numbers):
            hashed = records[at + n + 32 * i : at + n + 32 * i + 32]
            where[number] = header["packs"][pack], offset, length, records[at + i], hashed
        at += 33 * n
    where = {number: place for number, place in where.items() if number <= header["pages"]}
hashes = (where[number + 1][4] for number in range(pages))
whole = b"".join(hashes) if manifest["maps"] else piped(opened(manifest["packs"][0]), "zstd", "-dc")
check(whole, manifest["root"], "the page map or the plain copy")
with target.open("xb") as out:
    out.write(b"" if manifest["maps"] else whole)
    frame_at = pack = contents = None
    for number, (name, offset, length, slot, hashed) in sorted(where.items(), key=lambda each: each[1]):
        pack, contents = (name, opened(name)) if name != pack else (pack, contents)
        if frame_at != (name, offset):
            frame_at, frame = (name, offset), piped(contents[offset : offset + length], "zstd", "-dc")
        check(page := frame[slot * size : (slot + 1) * size], hashed.hex(), f"page {number} in {name}")
        out.seek((number - 1) * size)
        out.write(page)
print(f"{target}: {pages * size} bytes", "compared with their hashes" if can_check else "and NOT compared")
for path in sorted(store.glob("ledger/*")):  # the list of erased records, which goes with every restore
    print(f"Records were erased, see {path}: erase them again before this file is used.")
