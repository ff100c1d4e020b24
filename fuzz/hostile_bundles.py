"""Well-formed bundles of an attacker: every hash right, the content hostile.

    python fuzz/hostile_bundles.py COUNT [SEED]          each read, run and shown; time, memory and outcome

Each starts from a good bundle and differs in words that would command a terminal, numbers out of every range, values of
another kind, arrays that lie, JSON that is none, sections that do not belong, or a network that no method takes.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from forged_bundle import Content, Raw, network_bundle
from hostile_networks import networks

STARTS = Path(__file__).resolve().parents[1] / "tests" / "data" / "bundles" / "v1"
FALSE_ROW = (
    "\x1b7\x1b[12A\r\x1b[2K identity        cafecafecafecafecafecafecafecafecafecafecafecafecafecafecafecafe\x1b8"
)
WORDS = (
    FALSE_ROW,
    "\x9b2J\x9b1;1H",  # the same commands in one byte of Latin-1
    "\x1b]0;title\x07\x1b]8;;http://x\x07link\x1b]8;;\x07\x1bP0;0|17/ab\x1b\\",
    "good\rbad\b\b\b\x7f\x00\n identity   cafe",
    "\u202ecafe\u202c\u2066\u200b\ufeff\u2028\u2029\x85",
    "[red]x[/red][/x][link=http://x]",
    "\ud800",
    "identity " * 3000,
    "'; DROP TABLE images; --",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "%s%n{0}{bundle.__class__}",
)
NUMBERS = (
    *("9" * 400, "-" + "9" * 400, "1e999", "-1e999", "NaN", "Infinity", "1e308", "-1e308", "1e-400"),
    *("9223372036854775808", "2147483648", "-1", "0", "-0.0", "1000000", "3.4028236e38", "0.5"),
    *("true", "null", '"abc"', "[]", "{}", "[[[[1]]]]"),
)
MOST = 2147483647
SHAPES = (
    [0, MOST, MOST],
    [MOST, MOST, 0],
    [0] * 8,
    [1] * 9,
    [-1],
    [True],
    [1.0],
    ["1"],
    [],
    [1 << 40],
    [MOST] * 8,
    None,
)


def starts() -> list[Content]:
    """The good bundles that attacks start from."""
    found = []
    for path in sorted(STARTS.glob("*.surfedge")):
        data = path.read_bytes()
        (length,) = struct.unpack_from("<I", data, 12)
        manifest = json.loads(data[128 : 128 + length])
        first = -(-(128 + length) // 64) * 64
        parts = {entry["name"]: data[first + entry["offset"] :][: entry["length"]] for entry in manifest.pop("parts")}
        found.append(Content(manifest, parts))
    return found


def _values(table: Any) -> Iterator[tuple[Any, Any, Any]]:
    """(container, key, value) of everything that stands in a manifest."""
    items = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for key, value in list(items):
        yield table, key, value
        yield from _values(value)


def _copy(content: Content) -> Content:
    return replace(content, manifest=json.loads(json.dumps(content.manifest)), parts=dict(content.parts))


def words(start: Content, rng: random.Random) -> Content:
    """A hostile text in a field that is one, or in one of the sections that tell of the bundle, as value or key."""
    made, word = _copy(start), rng.choice(WORDS)
    fields = [(table, key) for table, key, value in _values(made.manifest) if isinstance(value, str)]
    if rng.random() < 0.3:
        table, key = rng.choice(fields)
        table[key] = word
    else:
        section = made.manifest.setdefault(rng.choice(("provenance", "metrics", "calibration", "certificate")), {})
        section[word if rng.random() < 0.3 else "made_by"] = rng.choice((word, {word: word}, [word]))
    return made


def numbers(start: Content, rng: random.Random) -> Content:
    """A field with a number, or another value, of no sense."""
    made, raw = _copy(start), Raw(rng.choice(NUMBERS))
    fields = [(table, key) for table, key, value in _values(made.manifest) if not isinstance(value, (dict, list))]
    new = [("runtime", key) for key in ("workers", "threads", "streams", "batch", "screen", "precision", "tuned")]
    new += [
        ("calibration", key)
        for key in ("promise", "good_images", "thresholds", "labelled_f1", "labelled_share", "rule")
    ]
    new += [("decision", "threshold"), ("decision", "border_px"), ("decision", "min_area_px"), ("input", "bit_depth")]
    new += [("input", "value_range"), ("screen", "limit"), ("provenance", "recipe"), ("certificate", "reduced")]
    if rng.random() < 0.5:
        table, key = rng.choice(fields)
    else:
        section, key = rng.choice(new)
        table = made.manifest.setdefault(section, {})
    table[key] = raw
    return made


def arrays(start: Content, rng: random.Random) -> Content:
    """An array that is not what its table says, or not what its method takes."""
    made = _copy(start)
    names = list(made.manifest["arrays"])
    if not names or rng.random() < 0.2:
        name = rng.choice(("method/mean", "decision/ignore", "calibration/scores", "foo", "screen/mean", "a/b"))
        made.manifest["arrays"][name], made.parts[name] = {"dtype": "<f4", "shape": [2]}, bytes(8)
        names = [name]
    name = rng.choice(names)
    entry = made.manifest["arrays"][name]
    match rng.randrange(5):
        case 0:
            entry["shape"], made.parts[name] = rng.choice(SHAPES), b""
        case 1:
            entry["dtype"] = rng.choice(("<f2", "|O", "|V8", "<U4", "<c16", "<i8", "|b1", ">f4", None, ["<f4"]))
        case 2:
            made.parts[name] = bytes([rng.choice((0x7F, 0xFF, 0x80))]) * len(made.parts[name])
        case 3:
            made.parts[name] = rng.randbytes(len(made.parts[name]))
        case 4:
            made.manifest["arrays"][rng.choice(("x", "method/graph", name * 9))] = entry
    return made


def texts(start: Content, rng: random.Random) -> Content:
    """JSON in another encoding, without end, too deep, too large, or with keys that stand twice."""
    many = rng.choice((20_000, 100_000))
    made = _copy(start)
    match rng.randrange(8):
        case 0:
            encoding = rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "utf-7"))
            made.manifest["provenance"] = {"by": "ü"}
            return replace(made, encode=lambda text: text.replace("\\u00fc", "ü").encode(encoding))
        case 1:
            made.manifest["metrics"] = {f"k{number}": number for number in range(20_000)}
        case 2:
            made.manifest["metrics"] = Raw('{"a":' + "[" * many + "]" * many + "}")
        case 3:
            made.manifest["metrics"] = Raw('{"a":' + "[" * 15 + "]" * 15 + "}")
        case 4:
            made.manifest["provenance"] = {"a": "x" * 900_000}
        case 5:
            made.manifest["metrics"] = Raw('{"a":[' + "{}," * many + "{}]}")
        case 6:
            made.manifest["metrics"] = Raw('{"a":1,"a":2}')
        case 7:
            return replace(
                made, encode=lambda text: rng.choice((text[:-9], text + "{}", "[" + text + "]", "")).encode()
            )
    return made


def sections(start: Content, rng: random.Random) -> Content:
    """Sections that are missing, of another kind, or of another method."""
    made = _copy(start)
    names = ("settings", "decision", "input", "calibration", "runtime", "screen", "provenance", "arrays", "method")
    match rng.randrange(5):
        case 0:
            made.manifest[rng.choice(names)] = rng.choice(([], None, 1, "x", {"x": 1}, {"": {}}))
        case 1:
            made.manifest.pop(rng.choice(names), None)
        case 2:
            made.manifest["method"] = rng.choice(
                ("network", "reconstruction", "dzl", "Method", "__class__", "os:system")
            )
        case 3:
            screen = {"method": "dzl", "settings": {}, "limit": 1.0, "share": 0.5}
            made.manifest["screen"] = {
                **screen,
                rng.choice(("method", "limit", "share", "settings")): rng.choice(WORDS),
            }
        case 4:
            made.manifest[rng.choice(("identity", "source", "arrays ", "__class__", "blobs"))] = {}
    return made


KINDS = (words, numbers, arrays, texts, sections)


def hostile(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """(kind, bytes) of `count` bundles; every sixth has a hostile network."""
    rng, known, graphs = random.Random(seed), starts(), networks()
    for number in range(count):
        if number % 6 == 5:
            name, graph, weights = graphs[number // 6 % len(graphs)]
            method = rng.choice(("network", "reconstruction"))
            yield f"network {name}", network_bundle(method, graph, weights, view=rng.choice(("whole", "tiles")))
        else:
            kind = KINDS[number % len(KINDS)]
            yield kind.__name__, kind(rng.choice(known), rng).sealed()


def main(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Each of `count` bundles loaded, run and shown; one record of each, printed as JSON at the end."""
    from use_bundle import used

    with tempfile.TemporaryDirectory() as folder:
        found = [{"number": n, **used(kind, data, Path(folder))} for n, (kind, data) in enumerate(hostile(count, seed))]
    print(json.dumps(found))
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
