"""Networks: one file each, a frozen dataclass of settings that names its family; its ``build()`` gives the network.

One more of a known family is a file here, a line in NETWORKS, a recipe in `models/` and a test.
"""

from __future__ import annotations

NETWORKS = {
    "bergmann": "surfedge.training.networks.bergmann:Bergmann",
    "alexnet": "surfedge.training.networks.alexnet:AlexNet",
    "residual": "surfedge.training.networks.residual:Residual",
    "variational": "surfedge.training.networks.variational:Variational",
    "stfpm": "surfedge.training.networks.stfpm:Stfpm",
    "cflow": "surfedge.training.networks.cflow:Cflow",
    "compactcnn": "surfedge.training.networks.compactcnn:CompactCnn",
    "unet_decision": "surfedge.training.networks.unet_decision:UnetDecision",
    "draem": "surfedge.training.networks.draem:Draem",
    "backbone": "surfedge.training.networks.backbone:Backbone",
    "small_teacher": "surfedge.training.networks.small_teacher:SmallTeacher",
    "simplenet": "surfedge.training.networks.simplenet:SimpleNet",
    "standard_autoencoder": "surfedge.training.networks.standard_autoencoder:StandardAutoencoder",
    "frozen_features": "surfedge.training.networks.frozen_features:FrozenFeatures",
    "contrastive_features": "surfedge.training.networks.contrastive_features:ContrastiveFeatures",
    "standard_cnn": "surfedge.training.networks.standard_cnn:StandardCnn",
    "afec": "surfedge.training.networks.afec:Afec",
    "resnet_classes": "surfedge.training.networks.resnet_classes:ResNetClasses",
    "reverse_distillation": "surfedge.training.networks.reverse_distillation:ReverseDistillation",
}
