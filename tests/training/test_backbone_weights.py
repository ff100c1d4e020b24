"""Weights from elsewhere: every source gives the same network, and what is wrong with one is named."""

from __future__ import annotations

import hashlib
import importlib.machinery
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import torch
from torch import Tensor, nn

from surfedge.errors import ArgumentError
from surfedge.training.backbones.imagenet import ImageNetNormalisation
from surfedge.training.backbones.resnet18 import FrozenResNet18, ResNet18
from surfedge.training.backbones.weights import WeightsSource

WIDTH = 4
FOLDED = Path(__file__).resolve().parents[3] / "shared" / "weights" / "resnet18"
FOLDED /= "resnet18_bnfolded_stem_layer1-3_fc.npz"


def _nothing(done: int, total: int, what: str) -> None:
    """Nobody follows the progress."""


@pytest.fixture
def trained() -> ResNet18:
    """Weights and batch norms that are all different from their beginnings."""
    torch.manual_seed(3)
    network = ResNet18(WIDTH).eval()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for values, low in ((layer.weight, 0.5), (layer.bias, -0.5), (layer.running_mean, -0.5)):
                nn.init.uniform_(values, low, low + 1.0)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return network


def _folded(network: ResNet18) -> dict[str, np.ndarray]:
    """Convolutions with batch norm in them: w g / s and b - m g / s, with s the root of the variance plus epsilon."""
    arrays, modules = {}, dict(network.named_modules())
    for name, layer in modules.items():
        if not isinstance(layer, nn.Conv2d):
            continue
        norm: Any = modules[name[:-1] + "1" if ".downsample." in name else name.replace("conv", "bn")]
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        arrays[f"{name}.weight"] = (layer.weight * gain[:, None, None, None]).detach().numpy()
        arrays[f"{name}.bias"] = (norm.bias - norm.running_mean * gain).detach().numpy()
    return arrays


def _same_features(network: FrozenResNet18, other: ResNet18) -> bool:
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        return all(torch.allclose(a, b, atol=1e-4) for a, b in zip(network(x), other(x), strict=True))


def _taken(source: WeightsSource) -> FrozenResNet18:
    network = FrozenResNet18(WIDTH)
    network.take(*source.read("ResNet18_Weights", _nothing))
    return network


def test_folded_and_plain_files_are_the_same_network(trained: ResNet18, tmp_path: Path) -> None:
    np.savez(tmp_path / "folded.npz", **_folded(trained), **{"fc.weight": np.zeros((10, 32), np.float32)})
    np.savez(tmp_path / "plain.npz", **{name: value.numpy() for name, value in trained.state_dict().items()})
    torch.save({**trained.state_dict(), "layer4.0.conv1.weight": torch.zeros(1)}, tmp_path / "plain.pth")
    for name in ("folded.npz", "plain.npz", "plain.pth"):
        taken = _taken(WeightsSource(str(tmp_path / name), licence="MIT"))
        assert _same_features(taken, trained)
        found = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert taken.origin == {"source": name, "sha256": found, "licence": "MIT"}
    assert _taken(WeightsSource(str(tmp_path / "plain.pth"))).origin["licence"] == "not stated"


def test_a_file_of_another_hash_is_refused(trained: ResNet18, tmp_path: Path) -> None:
    torch.save(trained.state_dict(), tmp_path / "a.pth")
    right = hashlib.sha256((tmp_path / "a.pth").read_bytes()).hexdigest()
    assert _taken(WeightsSource(str(tmp_path / "a.pth"), right)).origin["sha256"] == right
    with pytest.raises(ArgumentError, match=f"weights_sha256: found {right}, expected {'0' * 64}"):
        _taken(WeightsSource(str(tmp_path / "a.pth"), "0" * 64))
    with pytest.raises(ArgumentError, match="64 hexadecimal digits"):
        WeightsSource(str(tmp_path / "a.pth"), "abc")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """An address that serves `tmp_path`."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *given: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_address_is_believed_with_its_hash_only(trained: ResNet18, tmp_path: Path, served: str) -> None:
    torch.save(trained.state_dict(), tmp_path / "a.pth")
    right = hashlib.sha256((tmp_path / "a.pth").read_bytes()).hexdigest()
    told: list[str] = []
    source = WeightsSource(f"{served}/a.pth", right)
    weights, origin = source.read("ResNet18_Weights", lambda done, total, what: told.append(what))
    assert told == [f"fetching {served}/a.pth"] and origin["source"] == f"{served}/a.pth"
    assert torch.equal(weights["conv1.weight"], trained.conv1.weight)
    with pytest.raises(ArgumentError, match="weights_sha256: found ''"):
        WeightsSource(f"{served}/a.pth")
    with pytest.raises(ArgumentError, match="weights_sha256: found"):
        WeightsSource(f"{served}/a.pth", "0" * 64).read("ResNet18_Weights", _nothing)
    with pytest.raises(ArgumentError, match="that cannot be read"):
        WeightsSource(f"{served}/b.pth", right).read("ResNet18_Weights", _nothing)


def test_torchvision_where_it_is_installed(trained: ResNet18, monkeypatch: pytest.MonkeyPatch) -> None:
    module, asked = ModuleType("torchvision.models"), []

    def state_dict(**named: Any) -> dict[str, Tensor]:
        asked.append(named)
        return dict(trained.state_dict())

    entry = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(get_state_dict=state_dict))
    module.ResNet18_Weights = entry  # type: ignore[attr-defined]
    package = ModuleType("torchvision")
    package.__spec__ = importlib.machinery.ModuleSpec("torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision", package)
    monkeypatch.setitem(sys.modules, "torchvision.models", module)
    taken = _taken(WeightsSource("torchvision"))
    assert asked == [{"progress": False, "check_hash": True}] and _same_features(taken, trained)
    assert taken.origin["source"] == "torchvision ResNet18_Weights.IMAGENET1K_V1"
    assert taken.origin["licence"].startswith("BSD-3-Clause") and len(taken.origin["sha256"]) == 64
    monkeypatch.setattr("surfedge.training.backbones.weights.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"no torchvision, .*pip install torchvision, or give a file"):
        _taken(WeightsSource("torchvision"))


def test_what_holds_no_weights_is_named(trained: ResNet18, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no readable file"):
        _taken(WeightsSource(str(tmp_path / "none.npz")))
    for name in ("noise.npz", "noise.pth"):
        (tmp_path / name).write_bytes(b"no weights at all")
        with pytest.raises(ArgumentError, match=f"{name} that holds no weights"):
            _taken(WeightsSource(str(tmp_path / name)))
    np.savez(tmp_path / "objects.npz", a=np.array([{}], object))
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("objects.npz", "list.pth"):
        with pytest.raises(ArgumentError, match="holds no weights"):
            _taken(WeightsSource(str(tmp_path / name)))
    part = _folded(trained)
    del part["layer2.0.downsample.0.bias"]
    np.savez(tmp_path / "part.npz", **part)
    with pytest.raises(ArgumentError, match=r"layer2.0.downsample.1.weight is missing"):
        _taken(WeightsSource(str(tmp_path / "part.npz")))
    torch.save(ResNet18(2 * WIDTH).state_dict(), tmp_path / "wide.pth")
    with pytest.raises(ArgumentError, match=r"conv1.weight of \(8, 3, 7, 7\)"):
        _taken(WeightsSource(str(tmp_path / "wide.pth")))
    with pytest.raises(ArgumentError, match="weights: found ''"):
        WeightsSource("")


def test_a_frozen_encoder_stays_as_it_is(trained: ResNet18) -> None:
    network = nn.Sequential(FrozenResNet18(WIDTH))
    before = {name: value.clone() for name, value in network[0].named_buffers()}
    network.train()(torch.randn(2, 3, 32, 32))
    assert not any(layer.training for layer in network[0].modules())
    assert all(torch.equal(value, before[name]) for name, value in network[0].named_buffers())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_origin_travels_with_the_weights(trained: ResNet18) -> None:
    first, second = FrozenResNet18(WIDTH), FrozenResNet18(WIDTH)
    first.take(trained.state_dict(), {"source": "here", "sha256": "12", "licence": "MIT"})
    second.load_state_dict(first.state_dict())
    assert second.origin == {"source": "here", "sha256": "12", "licence": "MIT"}


def test_imagenets_mean_becomes_zero() -> None:
    x = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).expand(2, 3, 4, 4)
    normalise = ImageNetNormalisation()
    assert torch.allclose(normalise(x), torch.zeros(2, 3, 4, 4), atol=1e-7)
    assert torch.allclose(normalise(x + 0.229)[:, 0], torch.ones(2, 4, 4), atol=1e-6)


def test_the_weights_of_imagenet() -> None:
    """Where they lie beside the checkout: their identity, and features of the size that a trained encoder gives."""
    if not FOLDED.is_file():
        pytest.skip(f"no weights at {FOLDED}")
    network = FrozenResNet18()
    network.take(*WeightsSource(str(FOLDED)).read("ResNet18_Weights", _nothing))
    first = network.conv1.weight[0, 0, 0, :3]
    assert (first[0] / first[1]).item() == pytest.approx(1.6982, abs=1e-3)
    assert (first[1] / first[2]).item() == pytest.approx(3.3903, abs=1e-3)
    with torch.no_grad():
        features = network(torch.randn(1, 3, 64, 64))
    assert [tuple(level.shape[1:]) for level in features] == [(64, 16, 16), (128, 8, 8), (256, 4, 4)]
    assert all(0.1 < float(level.mean()) < 2.0 for level in features)
