"""Training: images and a recipe in, a bundle out. Torch and Lightning live in this folder and nowhere else.

train.py      all of it in order                     recipe.py settings.py    the TOML file
learned_folders.py pictures.py batches/   what a network is shown    families/ networks/ losses/    one file each
fit.py loop.py checkpoints.py    stage by stage      export.py certify.py cost.py    the graph, certified equal
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.training.export import to_onnx, to_openvino
    from surfedge.training.extra import require_torch
    from surfedge.training.fit import Fitted, load, recipe_of
    from surfedge.training.learned_folders import learning_set
    from surfedge.training.pictures import load_pictures
    from surfedge.training.recipe import Recipe, parse_recipe, parse_toml, read_recipe
    from surfedge.training.starting import started_from, training_folder
    from surfedge.training.train import Trained, export_calibrated, export_training, fit_pictures
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "export": ("to_onnx", "to_openvino"),
            "extra": ("require_torch",),
            "fit": ("Fitted", "load", "recipe_of"),
            "learned_folders": ("learning_set",),
            "pictures": ("load_pictures",),
            "recipe": ("Recipe", "parse_recipe", "parse_toml", "read_recipe"),
            "starting": ("started_from", "training_folder"),
            "train": ("Trained", "export_calibrated", "export_training", "fit_pictures"),
        },
    )
