"""Backbones: networks that were trained on photographs elsewhere, as encoders of their features; and their weights."""
