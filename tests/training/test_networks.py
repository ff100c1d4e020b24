"""Networks that reconstruct: shapes, counts worked out by hand, initialisation, what is special to each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.training import networks
from surfedge.training.cost import count
from surfedge.training.networks import NETWORKS
from surfedge.training.networks.alexnet import AlexNet
from surfedge.training.networks.bergmann import Bergmann
from surfedge.training.networks.residual import Residual
from surfedge.training.networks.standard_autoencoder import StandardAutoencoder
from surfedge.training.networks.variational import Variational

SMALL = {
    "bergmann": Bergmann(latent=6, width=4, input_px=32),
    "variational": Variational(latent=6, width=4, input_px=32),
    "residual": Residual(latent=4, width=4, input_px=64),
    "alexnet": AlexNet(latent=8, width=6, input_px=67),
    "standard_autoencoder": StandardAutoencoder(latent=8, widths=(2, 3, 4, 4), input_px=96),
}


def test_networks_and_their_folder_agree() -> None:
    files = {path.stem for path in Path(networks.__file__).parent.glob("*.py")} - {"__init__"}
    assert {home.split(":")[0].rsplit(".", 1)[1] for home in NETWORKS.values()} == files
    assert set(SMALL) == {name for name in NETWORKS if resolve(NETWORKS, name).family == "reconstruction"}
    assert all(isinstance(SMALL[name], resolve(NETWORKS, name)) for name in SMALL)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_reconstruction_has_its_inputs_shape_and_range(name: str, channels: int) -> None:
    settings = type(SMALL[name])(**{**vars(SMALL[name]), "channels": channels})
    network = settings.build()
    for norm in (each for each in network.modules() if isinstance(each, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0  # one batch is all that it counts
    x = torch.rand(2, channels, settings.input_px, settings.input_px)
    network(x)
    y = network.eval()(x)
    assert y.shape == x.shape and float(y.detach().min()) > 0 and float(y.detach().max()) < 1
    output, penalty = network.training_pass(x)
    assert output.shape == x.shape and penalty.shape == ()


def test_bergmann_is_the_table_of_its_source() -> None:
    """Encoder: (in * out * k^2 + out) of each row; the decoder mirrors it with biases of its own."""
    rows = [
        (1, 32, 4),
        (32, 32, 4),
        (32, 32, 3),
        (32, 64, 4),
        (64, 64, 3),
        (64, 128, 4),
        (128, 64, 3),
        (64, 32, 3),
        (32, 100, 8),
    ]
    weights = sum(a * b * k * k for a, b, k in rows)
    biases = sum(b for _, b, _ in rows) + sum(a for a, _, _ in rows)
    sides = [64, 32, 32, 16, 16, 8, 8, 8, 1]
    products = 2 * sum(a * b * k * k * side * side for (a, b, k), side in zip(rows, sides, strict=True))
    assert count(Bergmann().build()) == (2 * weights + biases, products)


def test_alexnets_sizes() -> None:
    network = AlexNet(width=6, latent=8).build()
    assert network.latent_shape[1:] == (6, 6)
    assert AlexNet().latent == 2048 and network(torch.rand(1, 1, 227, 227)).shape[-1] == 227


@pytest.mark.parametrize("stage", range(1, 6))
def test_the_averaging_skip_lets_the_encoder_through(stage: int) -> None:
    """With a decoder that says 0 up to the skip, what is averaged in still reaches the picture."""
    network = AlexNet(width=6, latent=8, input_px=67, skip_stage=stage).build()
    torch.nn.init.zeros_(network.spread.weight)
    a, b = network(torch.rand(1, 1, 67, 67)), network(torch.rand(1, 1, 67, 67))
    assert not torch.equal(a, b)
    plain = AlexNet(width=6, latent=8, input_px=67).build()
    torch.nn.init.zeros_(plain.spread.weight)
    assert torch.equal(plain(torch.rand(1, 1, 67, 67)), plain(torch.rand(1, 1, 67, 67)))


def test_the_residual_latent_map_is_6_by_6_by_32() -> None:
    network = Residual().build()
    assert network.encoder(torch.zeros(1, 1, 192, 192)).shape == (1, 32, 6, 6)


def test_the_standard_decoder_tells_places_apart() -> None:
    """From latent numbers of one place it paints more than one grey, away from the padding too."""
    torch.manual_seed(0)
    settings = SMALL["standard_autoencoder"]
    painted = settings.build().decoder(torch.rand(1, settings.latent)).detach()[0, 0, 32:-32, 32:-32]
    tiles = painted.unfold(0, 8, 8).unfold(1, 8, 8).mean((2, 3))
    assert float(tiles.std()) > 0.1 * float(painted.std()) > 0


def test_images_are_centred_in_front_of_the_standard_body() -> None:
    """Of two even greys equally far from the middle, the weights give opposite answers: nothing of the grey is left."""
    first = SMALL["standard_autoencoder"].build().encoder[:2].eval()
    dark, light = (first(torch.full((1, 1, 96, 96), grey)).detach() for grey in (0.4, 0.6))
    assert torch.allclose(dark, -light, atol=1e-6) and float(light.abs().max()) > 0


def test_he_initialisation_keeps_the_variance() -> None:
    """Mean square of what each half gives, beside that of what it is given: near 1, not a hundredth of it."""
    torch.manual_seed(0)
    network = Bergmann().build()
    x = torch.randn(4, 1, 128, 128)
    z = torch.randn(16, 100, 1, 1)
    for half, given in ((network.encoder, x), (network.decoder[:-1], z)):
        answer = half(given).detach()
        assert 0.1 < float(answer.square().mean()) < 4.0
    first = network.decoder[0](z).detach()  # one place in, 8 x 8 out: each pixel has one product a channel
    assert float(first.square().mean()) == pytest.approx(2.0 / (1.0 + 0.2**2), rel=0.15)


def test_variational_divergence_by_hand() -> None:
    """mean 1, log variance 0: the divergence is 1/2 per latent number."""
    network = Variational(latent=6, width=4, input_px=32, kl_weight=2.0).build()
    last = network.encoder[-1]
    torch.nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias[:6], last.bias[6:] = 1.0, 0.0
    x = torch.rand(3, 1, 32, 32)
    output, penalty = network.training_pass(x)
    assert float(penalty.detach()) == pytest.approx(2.0 * 0.5 * 6 * 3 / x.numel(), rel=1e-5)
    assert not torch.equal(output, network.training_pass(x)[0])
    assert torch.equal(network(x), network(x))


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Bergmann, {"input_px": 100}, "a multiple of 16"),
        (Bergmann, {"latent": 0}, "1 or more"),
        (Bergmann, {"channels": 2}, "1 \\(grey\\) or 3"),
        (AlexNet, {"input_px": 228}, "227"),
        (AlexNet, {"skip_stage": 6}, "0 \\(none\\) to 5"),
        (Residual, {"width": 0}, "1 or more"),
        (Variational, {"kl_weight": -1.0}, "0 or more"),
    ],
)
def test_wrong_settings_are_refused(kind: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        kind(**settings)


def test_a_latent_map_in_place_of_a_vector() -> None:
    """Table 2 of the leather study: the eighth layer is 3/1 to an 8 x 8 map."""
    network = Bergmann(latent=100, latent_map=True, channels=3).build()
    tiles = torch.zeros(2, 3, 128, 128)
    assert network.encoder(tiles).shape == (2, 100, 8, 8) and network(tiles).shape == tiles.shape


def test_sparse_latent_numbers_cost_their_mean_size() -> None:
    torch.manual_seed(0)
    network, tiles = Bergmann(latent=5, width=4, sparsity=0.5).build(), torch.rand(2, 1, 128, 128)
    output, penalty = network.training_pass(tiles)
    assert torch.equal(output, network(tiles))
    assert float(penalty.detach()) == pytest.approx(0.5 * float(network.encoder(tiles).detach().abs().mean()))
    with pytest.raises(ArgumentError, match="0 or more"):
        Bergmann(sparsity=-1.0)
