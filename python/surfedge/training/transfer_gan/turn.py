"""One step: the generator's side, then the discriminators, then the classifier; all that is drawn comes from (seed,
step).

Averaged weights: T. Karras et al., "Progressive growing of GANs", 2018, section 4; gradients penalised every 16th step
with 16 times the weight: StyleGAN2, 2020, section 3.2.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from surfedge.errors import TrainingError
from surfedge.training.transfer_gan import losses
from surfedge.training.transfer_gan.discriminators import Classifier, Discriminator, PatchDiscriminator, crops
from surfedge.training.transfer_gan.encoder import CodeEncoder
from surfedge.training.transfer_gan.generator import Generator
from surfedge.training.transfer_gan.losses import Codes, GeneratorLosses
from surfedge.training.transfer_gan.settings import Network, TransferRecipe

BETAS = (0.0, 0.99)
PENALTIES = ("penalty", "penalty_patches")
FIGURES = (*GeneratorLosses.__dataclass_fields__, "told_apart", "patches_told_apart", "classifier", *PENALTIES)


class Maker(nn.Module):
    """E and G together: what is averaged, kept and sampled."""

    def __init__(self, settings: Network) -> None:
        super().__init__()
        self.encoder, self.generator = CodeEncoder(settings), Generator(settings)

    def codes(self, x: Tensor) -> Codes:
        """Of images in [-1, 1]."""
        return Codes(*self.encoder(x))


@dataclass(frozen=True)
class Batch:
    """x1 (N, C, s, s) defective, kinds (N,) its classes, x2 (N, C, s, s) good; images in [-1, 1]."""

    x1: Tensor
    kinds: Tensor
    x2: Tensor


@dataclass(frozen=True)
class Made:
    """What a batch is turned into; patches : of x2 (references, then as many real ones) and of x3."""

    one: Codes
    two: Codes
    rec1: Tensor
    x4: Tensor
    x3: Tensor
    c1: Tensor
    references: Tensor
    real: Tensor
    fake: Tensor


class Sides:
    """All networks with their optimisers, and the averaged copy of E and G."""

    def __init__(self, recipe: TransferRecipe, classes: int, device: str = "cpu") -> None:
        with torch.random.fork_rng():
            torch.manual_seed(recipe.seed)
            self.maker = Maker(recipe.network)
            self.judge = Discriminator(recipe.network)
            self.patches = PatchDiscriminator(recipe.network)
            self.classifier = Classifier(recipe.network, classes)
        for network in self.networks.values():
            network.to(device, memory_format=torch.channels_last)  # a quarter quicker on a CPU
        self.averaged = copy.deepcopy(self.maker).requires_grad_(False)
        rate = recipe.training.learning_rate
        both = [*self.judge.parameters(), *self.patches.parameters()]
        self.optimisers = {
            "maker": torch.optim.Adam(self.maker.parameters(), rate, BETAS),
            "judges": torch.optim.Adam(both, rate, BETAS),
            "classifier": torch.optim.Adam(self.classifier.parameters(), recipe.training.classifier_rate),
        }
        self.recipe, self.good, self.device = recipe, classes - 1, device

    @property
    def networks(self) -> dict[str, nn.Module]:
        """Those that learn, by name."""
        names = ("maker", "judge", "patches", "classifier")
        return {name: getattr(self, name) for name in names}

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, beside the recipe and the images."""
        kept = {name: network.state_dict() for name, network in self.networks.items()}
        rates = {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}
        return {"networks": kept, "averaged": self.averaged.state_dict(), "optimisers": rates}

    def take(self, state: dict[str, Any]) -> None:
        """Go on from such a state."""
        for name, network in self.networks.items():
            network.load_state_dict(state["networks"][name])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.averaged.load_state_dict(state["averaged"])

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """One turn of each side on `batch`; the losses by name (FIGURES; a penalty only where it was due)."""
        generator = torch.Generator().manual_seed((self.recipe.seed << 24) + number)
        with _fixed(self.judge, self.patches, self.classifier):
            made = self._made(batch, generator)
            parts = self._generator_losses(batch, made)
            self._update("maker", parts.total(self.recipe.loss))
        self._average()
        told = {name: getattr(parts, name) for name in GeneratorLosses.__dataclass_fields__}
        told |= self._judges(batch, made, number)
        told["classifier"] = self._classify(batch)
        found = {name: float(value.detach()) for name, value in told.items()}
        for name, value in found.items():
            if not math.isfinite(value):
                raise TrainingError(
                    "training",
                    found=f"a loss {name} of {value} in step {number}",
                    expected="a finite loss",
                    remedy="lower training.learning_rate; the checkpoint before it is kept",
                )
        return found

    def _made(self, batch: Batch, generator: torch.Generator) -> Made:
        maker, count, n = self.maker, self.recipe.training.patches, len(batch.x1)
        both = maker.codes(torch.cat([batch.x1, batch.x2]))
        one, two = (Codes(both.structure[part], both.texture[part]) for part in (slice(0, n), slice(n, None)))
        none = torch.zeros_like(one.structure)
        # The same noise for all four: what the defect adds is then not hidden by it.
        noise = [
            torch.randn(shape, generator=generator).to(batch.x1.device).repeat(4, 1, 1, 1)
            for shape in maker.generator.noise_shapes(n)
        ]
        structures = torch.cat([one.structure, none, one.structure, none])
        textures = torch.cat([one.texture, two.texture, two.texture, one.texture])
        rec1, x4, x3, c1 = maker.generator(structures, textures, noise).chunk(4)
        side = self.patches.patch_px
        of_x2 = crops(batch.x2, 2 * count, side, generator)
        fake = crops(x3, count, side, generator)
        return Made(one, two, rec1, x4, x3, c1, of_x2[:, :count], of_x2[:, count:], fake)

    def _generator_losses(self, batch: Batch, made: Made) -> GeneratorLosses:
        n = len(batch.x1)
        again = self.maker.codes(torch.cat([made.x3, made.x4]))
        three, four = (Codes(again.structure[part], again.texture[part]) for part in (slice(0, n), slice(n, None)))
        logits = self.judge(torch.cat([made.rec1, made.x4, made.x3]), group=n)
        patches = self.patches(self.patches.of(made.fake), self.patches.of(made.references))
        of_x3, of_x4 = self.classifier.eval()(torch.cat([made.x3, made.x4])).chunk(2)
        return GeneratorLosses(
            losses.reconstruction(batch.x1, made.rec1, batch.x2, made.x4),
            losses.fooled(logits),
            losses.fooled(patches),
            losses.structure(batch.x1, batch.x2, made.rec1, made.c1, made.x3),
            losses.feature(made.one, made.two, three, four),
            losses.classes(of_x3, batch.kinds, of_x4, self.good),
            losses.grain(made.x4, batch.x2),
        )

    def _judges(self, batch: Batch, made: Made, number: int) -> dict[str, Tensor]:
        n, training, weights = len(batch.x1), self.recipe.training, self.recipe.loss
        is_due = number % training.r1_every == 0
        real = torch.cat([batch.x1, batch.x2]).requires_grad_(is_due)
        candidates = made.real.detach().requires_grad_(is_due)
        references = made.references.detach().requires_grad_(is_due)
        fakes = torch.cat([made.rec1, made.x4, made.x3]).detach()
        of_real, of_references = self.judge(real, group=n), self.patches.of(references)
        of_candidates = self.patches(self.patches.of(candidates), of_references)
        of_fake = self.patches(self.patches.of(made.fake.detach()), of_references)
        told = {
            "told_apart": losses.told_apart(of_real, self.judge(fakes, group=n)),
            "patches_told_apart": losses.told_apart(of_candidates, of_fake),
        }
        total = told["told_apart"] + told["patches_told_apart"]
        if is_due:
            told["penalty"] = losses.gradient_penalty(of_real, real)
            told["penalty_patches"] = losses.gradient_penalty(of_candidates, candidates)
            lazily = weights.r1 * told["penalty"] + weights.r1_patches * told["penalty_patches"]
            total = total + training.r1_every * lazily
        self._update("judges", total)
        return told

    def _classify(self, batch: Batch) -> Tensor:
        kinds = torch.cat([batch.kinds, torch.full_like(batch.kinds, self.good)])
        loss = functional.cross_entropy(self.classifier.train()(torch.cat([batch.x1, batch.x2])), kinds)
        self._update("classifier", loss)
        return loss

    def _update(self, name: str, loss: Tensor) -> None:
        self.optimisers[name].zero_grad()
        loss.backward()
        self.optimisers[name].step()

    @torch.no_grad()
    def _average(self) -> None:
        training = self.recipe.training
        share = 1.0 - 0.5 ** (training.batch / training.half_life)
        for kept, value in zip(self.averaged.parameters(), self.maker.parameters(), strict=True):
            kept.lerp_(value, share)


@contextmanager
def _fixed(*networks: nn.Module) -> Iterator[None]:
    """No gradients for their weights meanwhile: only what goes through them to the images."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)
