"""Families of networks: one file each, which says how any network of it is trained, exported and run.

A network's settings name their family; `fit`, `certify`, `export` and the experiments know families, never networks.
"""

from __future__ import annotations

FAMILIES = {
    "reconstruction": "surfedge.training.families.reconstruction:ReconstructionFamily",
    "classes": "surfedge.training.families.classes:ClassesFamily",
    "feature_classes": "surfedge.training.families.feature_classes:FeatureClassesFamily",
    "anomaly_map": "surfedge.training.families.anomaly_map:AnomalyMapFamily",
    "features": "surfedge.training.families.features:FeaturesFamily",
    "segmentation": "surfedge.training.families.segmentation:SegmentationFamily",
}
