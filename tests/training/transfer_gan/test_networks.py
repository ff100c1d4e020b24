"""The networks of the defect transfer: sizes of the source, 0 that stays 0, modulation against its definition."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch
from torch.nn import functional

from surfedge.errors import ArgumentError
from surfedge.training.transfer_gan.discriminators import Classifier, Discriminator, PatchDiscriminator, crops
from surfedge.training.transfer_gan.encoder import CodeEncoder
from surfedge.training.transfer_gan.generator import Generator
from surfedge.training.transfer_gan.layers import Convolution, Modulated, unit_length
from surfedge.training.transfer_gan.settings import Network, parse_transfer_recipe, read_transfer_recipe


def test_a_structure_of_0_stays_0_through_the_scaling_and_has_a_gradient() -> None:
    z = torch.zeros(2, 8, 4, 4, requires_grad=True)
    scaled = unit_length(z)
    assert scaled.abs().max().item() == 0.0
    scaled.sum().backward()
    assert z.grad is not None and bool(torch.isfinite(z.grad).all())
    other = torch.randn(2, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(unit_length(other).square().sum(dim=1), torch.ones(2, 4, 4), atol=1e-5)


def test_codes_and_images_have_the_sizes_of_the_source() -> None:
    settings = Network()
    with torch.device("meta"):
        encoder, generator, judge = CodeEncoder(settings), Generator(settings), Discriminator(settings)
        structure, texture = encoder(torch.empty(1, 3, 256, 256))
        noise = [torch.empty(shape) for shape in generator.noise_shapes(1)]
        image = generator(structure, texture, noise)
        logits = judge(torch.cat([image, image]), group=2)
    assert tuple(structure.shape) == (1, 8, 16, 16) and tuple(texture.shape) == (1, 2048)
    assert tuple(image.shape) == (1, 3, 256, 256) and tuple(logits.shape) == (2,)
    b = settings.width
    assert [block.second.weight.shape[0] for block in encoder.trunk] == [2 * b, 4 * b, 8 * b, 16 * b]
    of_texture = [layer.weight.shape[0] for layer in encoder.texture]
    assert of_texture == [32 * b, 64 * b, 2048]
    of_blocks = [block.second.convolution.weight.shape[0] for block in generator.blocks]
    assert of_blocks == [16 * b, 16 * b, 16 * b, 16 * b, 8 * b, 4 * b]
    assert [block.double for block in generator.blocks] == [False, False, True, True, True, True]


def test_noise_is_seen_from_the_first_step_on() -> None:
    """Strengths of 0 would have no gradient but a random one: noise and its negative are equally likely."""
    torch.manual_seed(0)
    generator = Generator(Network(input_px=32, channels=1, width=2, downs=1, structure=4, texture=8))
    structure, texture = torch.zeros(1, 4, 16, 16), torch.ones(1, 8) / 8**0.5
    noises = [[torch.randn(shape) for shape in generator.noise_shapes(1)] for _ in range(2)]
    one, other = (generator(structure, texture, noise) for noise in noises)
    assert 0.01 < (one - other).abs().mean().item() < 1.0


def test_the_patch_discriminator_has_the_dense_layers_of_the_source() -> None:
    with torch.device("meta"):
        judge = PatchDiscriminator(Network())
        features = judge.of(torch.empty(2, 8, 3, judge.patch_px, judge.patch_px))
        logits = judge(features, features)
    assert [layer.weight.shape[0] for layer in judge.dense] == [2048, 2048, 1024]
    assert judge.dense[0].weight.shape[1] == 2 * features.shape[2] and tuple(logits.shape) == (2, 8)


def test_references_count_by_their_mean(recipe: Any) -> None:
    judge = PatchDiscriminator(recipe.network)
    candidates, references = torch.randn(1, 2, judge.features), torch.randn(1, 3, judge.features)
    mean = references.mean(dim=1, keepdim=True)
    assert torch.allclose(judge(candidates, references), judge(candidates, mean), atol=1e-6)


def test_modulation_is_a_convolution_of_each_images_own_weights() -> None:
    torch.manual_seed(0)
    layer, x, code = Modulated(3, 5, 3, 7), torch.randn(2, 3, 6, 6), torch.randn(2, 7)
    style = layer.style(code)
    for k in range(2):
        weight = layer.convolution.weight * layer.convolution.scale * style[k][None, :, None, None]
        weight = weight / weight.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
        by_hand = functional.conv2d(x[k : k + 1], weight, padding=1)
        assert torch.allclose(layer(x, code)[k : k + 1], by_hand, atol=1e-5)


def test_weights_are_scaled_at_run_time() -> None:
    layer = Convolution(16, 4)
    assert layer.weight.std().item() == pytest.approx(1.0, abs=0.15) and layer.scale == pytest.approx(1 / 12)


def test_the_deviation_of_a_group_tells_equal_images_apart() -> None:
    torch.manual_seed(1)
    judge = Discriminator(Network(input_px=32, channels=1, width=2, downs=1, texture=8))
    one, other = torch.randn(2, 1, 32, 32)
    alone = judge(torch.stack([one, one, other, other]), group=2)
    mixed = judge(torch.stack([one, other, one, other]), group=2)
    assert (alone[0] - mixed[0]).abs().item() > 1e-6
    assert torch.allclose(alone[:2], judge(torch.stack([one, one]), group=2), atol=1e-6)


def test_crops_lie_inside_and_have_the_sizes_asked_for() -> None:
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    cut = crops(ramp, 200, 16, torch.Generator().manual_seed(0))
    assert tuple(cut.shape) == (1, 200, 1, 16, 16)
    spans = (cut.amax(dim=(2, 3, 4)) - cut.amin(dim=(2, 3, 4)))[0]
    assert 0.125 * 15 / 16 - 0.01 < float(spans.min()) < 0.14 and 0.22 < float(spans.max()) < 0.26
    assert float(cut.min()) < 0.05 and float(cut.max()) > 0.95


def test_the_classifier_takes_grey_and_colour() -> None:
    for channels in (1, 3):
        settings = Network(input_px=32, channels=channels, downs=1, classifier=2)
        assert tuple(Classifier(settings, 4)(torch.zeros(2, channels, 32, 32)).shape) == (2, 4)


@pytest.mark.parametrize("name", ["transfer-64", "transfer-128"])
def test_the_own_recipes_can_be_read(name: str) -> None:
    recipe = read_transfer_recipe(name)
    assert recipe.network.input_px == int(name.rpartition("-")[2])
    assert parse_transfer_recipe(recipe.plain()) == recipe
    assert recipe.identity() == recipe.with_steps(7).identity()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"network": {"input_px": 60}}, "a power of two"),
        ({"network": {"input_px": 64, "downs": 4}}, "a power of two, 16 x 8 or more"),
        ({"network": {"channels": 2}}, "1 or 3"),
        ({"training": {"batch": 1}}, "2 or more"),
        ({"data": {"crop_px": 3}}, "0, or 8 or more"),
        ({"loss": {"structure": -1.0}}, "0 or more"),
        ({"loss": {"structures": 1.0}}, "unknown key 'structures'"),
        ({"losses": {}}, "unknown key 'losses'"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_wrong_is_named(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse_transfer_recipe(tables)
