"""What a training step of each detector costs: in f32 and bf16, with the frozen teacher computed and with it kept.

    python benchmarks/training_step.py --weights resnet18.npz --rounds 3

Processor seconds for one batch of each recipe on one core, forward, backward and optimiser, the ways taking turns; the
least of --rounds. A processor without instructions for bf16 skips it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import nullcontext
from time import process_time
from typing import Any

import torch

from surfedge.progress import silent
from surfedge.training import Recipe, read_recipe
from surfedge.training.backbones.kept_features import has_frozen, kept_features

RECIPES = ("stfpm-fast", "reverse-distillation-fast", "cflow-fast", "simplenet", "draem-fast")


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="of the ResNet-18, a file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| recipe | f32 s | teacher kept | bf16 | bf16, teacher kept |\n" + "| --- " * 5 + "|")
    for name in arguments.recipes.split(","):
        recipe = read_recipe(name)
        if hasattr(recipe.network, "weights"):
            recipe = recipe.with_weights(arguments.weights)
        least: dict[tuple[bool, bool], float] = {}
        ways = list(_ways(recipe))
        for _ in range(1 + arguments.rounds):  # the first chooses algorithms and keeps features
            for key, step in ways:
                least[key] = min(least.get(key, float("inf")), step())
        first = least[False, False]
        cells = [f"{first:.2f}"]
        for key in ((False, True), (True, False), (True, True)):
            cells.append(f"{least[key] / first:.2f}" if key in least else "-")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def _ways(recipe: Recipe) -> Iterator[tuple[tuple[bool, bool], Any]]:
    """(is bf16, is the teacher kept), and a function that takes a step and says how long it took."""
    knows_bf16 = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    for is_bf16 in (False, True) if knows_bf16 else (False,):
        network: Any = recipe.network.build().to(memory_format=torch.channels_last)
        recipe.family.start(network, silent)
        for is_kept in (False, True) if has_frozen(network) else (False,):
            yield (is_bf16, is_kept), _Step(recipe, network, is_bf16, is_kept)


class _Step:
    def __init__(self, recipe: Recipe, network: Any, is_bf16: bool, is_kept: bool) -> None:
        (self._stage,) = recipe.family.stages(recipe)
        self._network, self._is_bf16 = network.train(), is_bf16
        self._optimiser = self._stage.optimiser(self._stage.settings, self._stage.parameters(network))
        x = torch.rand(recipe.training.batch, 3, 256, 256)
        self._batch = (x, x, torch.zeros(len(x), 1, 256, 256))
        self._keeps = is_kept

    def __call__(self) -> float:
        """Processor seconds of a step."""
        with kept_features(self._network) if self._keeps else nullcontext():
            if self._keeps:
                self._take_before()
            start = process_time()
            self._step()
            return process_time() - start

    def _take_before(self) -> None:
        """The features of this batch, as an epoch before left them."""
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=self._is_bf16):
            next(iter(self._stage.losses(self._network, self._batch)))

    def _step(self) -> None:
        losses = iter(self._stage.losses(self._network, self._batch))
        while True:
            with torch.autocast("cpu", torch.bfloat16, enabled=self._is_bf16):
                loss = next(losses, None)
            if loss is None:
                return
            self._optimiser.zero_grad()
            loss.float().backward()
            self._optimiser.step()


if __name__ == "__main__":
    main()
