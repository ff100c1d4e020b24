"""What a choice among ways costs the promise: false calls where two ways are equally good, and drawn defects choose.

    python benchmarks/chosen_ways.py

Scores are drawn, not measured: of each good image by either way, standard normal, half of what they vary by in common
or nothing; of defects drawn on them, 0 to 4 standard deviations above. The way is chosen as calibration does, the limit
is that of `false-calls:0.05`, and the rate on new images is exact. *plain*: every score is of the chosen way.
*crosswise*: that of an image is of the way that the others chose (surfedge.calibration.chosen_way).
"""

from __future__ import annotations

import argparse
from math import erf, sqrt

import numpy as np

from surfedge.calibration import parse_rule, threshold_from_good
from surfedge.calibration.prefilter import TRIED
from surfedge.calibration.spread import spread
from surfedge.calibration.trial import Comparison
from surfedge.decision import promise_of

RULE, KINDS, WAYS = parse_rule("false-calls:0.05"), 4, 2


def rates(rng: np.random.Generator, n: int, common: float) -> tuple[float, float, float]:
    """Expected rate, and the rates of both limits, from `n` good images."""
    shared = sqrt(common) * rng.normal(size=n)
    good = shared + sqrt(1 - common) * rng.normal(size=(WAYS, n))
    tried = np.array(spread(n, TRIED))
    above = rng.uniform(0, 4, (len(tried), KINDS)) + 0.7 * rng.normal(size=(WAYS, len(tried), KINDS))
    made = np.maximum(good[:, tried, None], above)
    trial = Comparison.of(np.mean(made[:, :, None] > good[:, None, tried, None], axis=3))
    way = chosen(trial)
    plain, crosswise = good[way], good[way].copy()
    for place, number in enumerate(tried):
        crosswise[number] = good[chosen(trial.without(place)), number]
    limits = [threshold_from_good(RULE, scores) for scores in (plain, crosswise)]
    one, other = (0.5 * (1 - erf(limit / sqrt(2))) for limit in limits)
    return promise_of(limits[0], plain).expected, one, other


def chosen(trial: Comparison) -> int:
    """As the prefilter is chosen."""
    return int(trial.helps(1) and not trial.is_by_chance(1))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1500)
    trials = parser.parse_args().trials
    print("| good images | in common | expected | plain | crosswise |\n| --- | --- | --- | --- | --- |")
    for n in (20, 48, 100):
        for common in (0.0, 0.5):
            rng = np.random.default_rng(n)
            found = np.array([rates(rng, n, common) for _ in range(trials)])
            errors = found.std(axis=0) / sqrt(trials)
            cells = (f"{mean:.4f} ± {error:.4f}" for mean, error in zip(found.mean(0)[1:], errors[1:], strict=True))
            print(f"| {n} | {common:g} | {found[0, 0]:.4f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
