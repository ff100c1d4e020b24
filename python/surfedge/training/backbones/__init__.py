"""Backbones: networks that were trained on photographs elsewhere, as encoders of their features; and their weights."""

from __future__ import annotations

# What a recipe may name, each an encoder of three layers (surfedge.training.backbones.frozen).
BACKBONES = {
    "resnet18": "surfedge.training.backbones.resnet18:FrozenResNet18",
    "wide_resnet50_2": "surfedge.training.backbones.wide_resnet50:FrozenWideResNet50",
    "mobilenet_v3_large": "surfedge.training.backbones.mobilenet_v3:FrozenMobileNetV3",
}
