"""The grade of a coil by a file of rules; the same rules judge a stored coil again.

Words of EN 10163-1 (2004), "Delivery requirements for surface condition of hot-rolled steel plates, wide flats and
sections": an *imperfection* is any discontinuity of the surface, a *defect* one that is beyond what is agreed, the
*affected area* the surface that it takes in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError, require
from surfedge.strips.settings import read_toml

VERDICTS = ("prime", "second", "hold", "block")
SHARES = {
    "not_inspected_share": "not inspected",
    "in_doubt_share": "in doubt",
    "affected_share": "of the length affected",
}

UNSEEN_SHARE = 0.5  # a coil of which less was inspected is not prime, unless a rule says how much must be


@dataclass(frozen=True)
class Rule:
    """When a coil is graded down.

    name : for the reasons. verdict : second, hold or block. label : only this class, "" for any.
    min_severity, min_length_mm, min_width_mm, min_area_mm2 : defects that count have at least these.
    zone_mm : (from, to) across, from the edge that positions are counted from; negative numbers count from the other
    edge. count : so many have to come together, within per_m metres (0 for the coil as a whole). periodic : only marks
    of a series count, and `count` of them in it. not_inspected_share : the rule speaks of the share of the coil that
    was not inspected instead, in_doubt_share of the share that was judged on implausible images, affected_share of the
    share of its length that defects take in: above it, the rule holds.
    """

    name: str
    verdict: str
    label: str = ""
    min_severity: float = 0.0
    min_length_mm: float = 0.0
    min_width_mm: float = 0.0
    min_area_mm2: float = 0.0
    zone_mm: tuple[float, float] | None = None
    count: int = 1
    per_m: float = 0.0
    periodic: bool = False
    not_inspected_share: float | None = None
    in_doubt_share: float | None = None
    affected_share: float | None = None

    @property
    def share(self) -> float | None:
        """The limit of a rule that speaks of a share of the coil; None for the others."""
        return next((limit for name in SHARES if (limit := getattr(self, name)) is not None), None)

    def __post_init__(self) -> None:
        where = f"rule {self.name!r}"
        require(f"{where}: verdict", self.verdict, self.verdict in VERDICTS[1:], ", ".join(VERDICTS[1:]))
        require(f"{where}: count", self.count, self.count >= 1, "1 or more")
        require(f"{where}: per_m", self.per_m, self.per_m >= 0, "0 or more")
        for name in SHARES:
            share = getattr(self, name)
            require(f"{where}: {name}", share, share is None or 0 <= share < 1, "0 to 1")


@dataclass(frozen=True)
class Reason:
    """Why a coil got its verdict: the rule, how many defects met it, where the first of them lies."""

    rule: str
    verdict: str
    count: int
    from_m: float
    text: str


@dataclass(frozen=True)
class Grade:
    """verdict : the worst that a rule gave, "prime" for none where most was inspected. reasons : of every rule that
    held, the worst first."""

    verdict: str
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Graded:
    """What rules look at: arrays (N,) of the defects of a coil, and its figures.

    series : number of the periodic series, 0 for none. width_mm : of the strip. The shares are of the whole coil.
    """

    from_m: np.ndarray
    to_m: np.ndarray
    y_mm: np.ndarray
    length_mm: np.ndarray
    width_mm_of: np.ndarray
    area_mm2: np.ndarray
    severity: np.ndarray
    label: Sequence[str]
    series: np.ndarray
    width_mm: float
    not_inspected_share: float = 0.0
    in_doubt_share: float = 0.0
    affected_share: float = 0.0


def grade(coil: Graded, rules: Sequence[Rule]) -> Grade:
    """The verdict on a coil and its reasons; one that was hardly inspected is held where no rule speaks of that."""
    if all(rule.not_inspected_share is None for rule in rules):
        rules = (*rules, Rule("hardly inspected", "hold", not_inspected_share=UNSEEN_SHARE))
    reasons = [reason for rule in rules if (reason := _reason(coil, rule)) is not None]
    reasons.sort(key=lambda reason: -VERDICTS.index(reason.verdict))
    return Grade(reasons[0].verdict if reasons else VERDICTS[0], tuple(reasons))


def _reason(coil: Graded, rule: Rule) -> Reason | None:
    for name, words in SHARES.items():
        limit, share = getattr(rule, name), getattr(coil, name)
        if limit is not None:
            text = f"{share:.2%} {words}, limit {limit:.2%}"
            return Reason(rule.name, rule.verdict, 0, 0.0, text) if share > limit else None
    chosen = _chosen(coil, rule)
    groups = (
        [chosen] if not rule.periodic else [chosen[coil.series[chosen] == s] for s in np.unique(coil.series[chosen])]
    )
    groups = [group for group in groups if len(group) >= rule.count]
    for group in sorted(groups, key=len, reverse=True):
        places = np.sort(coil.from_m[group])
        if not rule.per_m:
            return _told(rule, len(group), float(places[0]), "")
        inside = np.searchsorted(places, places + rule.per_m, "right") - np.arange(len(places))
        if int(inside.max()) >= rule.count:
            worst = int(inside.argmax())
            return _told(rule, int(inside[worst]), float(places[worst]), f" within {rule.per_m:g} m")
    return None


def _told(rule: Rule, count: int, from_m: float, where: str) -> Reason:
    what = f"{rule.label} " if rule.label else ""
    kind = "mark" if rule.periodic else "defect"
    text = f"{count:,} {what}{kind}{'s' * (count != 1)}{where}, from {from_m:,.1f} m"
    return Reason(rule.name, rule.verdict, count, from_m, text)


def _chosen(coil: Graded, rule: Rule) -> np.ndarray:
    """Places of the defects that the rule counts."""
    counts = (coil.severity >= rule.min_severity) & (coil.length_mm >= rule.min_length_mm)
    counts &= (coil.width_mm_of >= rule.min_width_mm) & (coil.area_mm2 >= rule.min_area_mm2)
    if rule.label:
        counts &= np.array([label == rule.label for label in coil.label], bool)
    if rule.zone_mm is not None:
        low, high = (end + coil.width_mm if end < 0 else end for end in rule.zone_mm)
        counts &= (coil.y_mm >= low) & (coil.y_mm <= high)
    if rule.periodic:
        counts &= coil.series > 0
    return np.flatnonzero(counts)


def affected_share(from_m: np.ndarray, to_m: np.ndarray, length_m: float) -> float:
    """Share of a length that intervals cover, overlaps once.

    >>> affected_share(np.array([0.0, 1.0, 5.0]), np.array([2.0, 3.0, 6.0]), 10.0)
    0.4
    """
    if not len(from_m) or length_m <= 0:
        return 0.0
    order = np.argsort(from_m)
    begin, end = np.asarray(from_m)[order], np.maximum.accumulate(np.asarray(to_m)[order])
    fresh = np.maximum(begin, np.concatenate([[-np.inf], end[:-1]]))
    return min(1.0, float(np.maximum(end - fresh, 0).sum()) / length_m)


def read_rules(path: str | Path) -> tuple[Rule, ...]:
    """Rules of a TOML file, one ``[[rule]]`` each with the fields of Rule; raises ArgumentError for anything else."""
    return tuple(_rules(read_toml(path), str(path)))


def _rules(values: Mapping[str, Any], source: str) -> Iterator[Rule]:
    rows = values.get("rule")
    if not isinstance(rows, list) or set(values) != {"rule"} or not all(isinstance(row, dict) for row in rows):
        raise ArgumentError(source, found=", ".join(values) or "nothing", expected="tables [[rule]]")
    known = {field.name: field for field in fields(Rule)}
    for number, row in enumerate(rows, 1):
        where = f"{source}, rule {number}"
        if unknown := sorted(set(row) - set(known)):
            raise ArgumentError(where, found=", ".join(unknown), expected=", ".join(known))
        for name in ("name", "verdict"):
            require(f"{where}: {name}", row.get(name), isinstance(row.get(name), str), "a text")
        yield Rule(**{name: _value(where, name, value) for name, value in row.items()})


def _value(where: str, name: str, value: Any) -> Any:
    if name in ("name", "verdict", "label"):
        require(f"{where}: {name}", value, isinstance(value, str), "a text")
    elif name == "periodic":
        require(f"{where}: {name}", value, isinstance(value, bool), "true or false")
    elif name == "count":
        require(f"{where}: {name}", value, isinstance(value, int) and not isinstance(value, bool), "a whole number")
    elif name == "zone_mm":
        is_pair = isinstance(value, list) and len(value) == 2 and all(isinstance(end, (int, float)) for end in value)
        require(f"{where}: {name}", value, is_pair, "[from, to]")
        return float(value[0]), float(value[1])
    else:
        require(f"{where}: {name}", value, isinstance(value, (int, float)) and not isinstance(value, bool), "a number")
    return value
