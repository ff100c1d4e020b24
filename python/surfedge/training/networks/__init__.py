"""Networks: one file each, a frozen dataclass of settings whose ``build()`` gives the network."""

from __future__ import annotations

NETWORKS = {
    "bergmann": "surfedge.training.networks.bergmann:Bergmann",
    "alexnet": "surfedge.training.networks.alexnet:AlexNet",
    "residual": "surfedge.training.networks.residual:Residual",
    "variational": "surfedge.training.networks.variational:Variational",
}
