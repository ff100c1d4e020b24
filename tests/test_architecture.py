"""The house as its imports show it: arrows go down the layers only, heavy packages stand behind their doors."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import surfedge

PACKAGE = Path(surfedge.__file__).parent

LAYERS = {
    "cli": 5, "__main__": 5,
    "benchmark": 4, "experiments": 4, "scoring": 4, "strip": 4, "report": 4,
    "tuning": 4,
    "detector": 3, "loading": 3, "sources": 3, "screening": 3, "screen_cost": 3,
    "calibration": 3, "good_frames": 3, "labelled_thresholds": 3, "training": 3,
    "certification": 3, "reduced_precision": 3, "fed_tiles": 3, "quantisation": 2,
    "methods": 2, "covariance": 2, "networked": 2, "tiling": 2, "decision": 2, "region_finding": 2, "screen": 2,
    "pattern": 2, "presets": 2, "preparation": 2, "runtime": 2,
    "metrics": 2, "datasets": 2, "synthesis": 2,
    "bundle": 1, "container": 1, "records": 1, "images": 1, "image_headers": 1, "thresholds": 1, "kernels": 1,
    "result": 1, "made_on_use": 1, "stretching": 1, "smoothing": 1, "normalising": 1, "robust": 1, "judged_area": 1,
    "pixel_arrays": 1, "progress": 1, "text_files": 1,
    "drawing": 1, "lettering": 1, "errors": 1, "registry": 1, "version": 1,
    "packaged_models": 1, "training_extra": 1,
    "__init__": 0,
}  # fmt: skip
DOORS = {
    "openvino": {"runtime"},
    "torch": {"training"},
    "lightning": {"training"},
    "rich": {"cli"},
    "nncf": {"quantisation"},
}
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}


def _modules() -> list[tuple[str, Path]]:
    return [
        (str(path.relative_to(PACKAGE).with_suffix("")).split("/")[0], path) for path in PACKAGE.rglob("*.py")
    ]


def _imports(path: Path, *, anywhere: bool) -> set[str]:
    """Names of imported modules; without `anywhere`, only those outside `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in checked_only and not anywhere:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_has_a_layer() -> None:
    assert {name for name, _ in _modules()} <= set(LAYERS)


def test_arrows_go_down_only() -> None:
    wrong = []
    for name, path in _modules():
        for imported in _imports(path, anywhere=False):
            parts = imported.split(".")
            target = parts[1] if parts[0] == "surfedge" and len(parts) > 1 else None
            if target in LAYERS and LAYERS[target] > LAYERS[name] and name != "__init__":
                wrong.append(f"{path.relative_to(PACKAGE)} (layer {LAYERS[name]}) imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_no_module_leads_back_to_itself() -> None:
    """Not even by an import inside a function."""
    files = {".".join(("surfedge", *p.relative_to(PACKAGE).with_suffix("").parts)): p for _, p in _modules()}
    arrows = {name: _imports(path, anywhere=False) & set(files) - {name} for name, path in files.items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_heavy_packages_stand_behind_their_doors() -> None:
    for name, path in _modules():
        tops = {imported.split(".")[0] for imported in _imports(path, anywhere=True)}
        assert not tops & FORBIDDEN, f"{path} imports {tops & FORBIDDEN}"
        for package, allowed in DOORS.items():
            assert package not in tops or name in allowed, f"{path} imports {package}"


def test_only_kernels_imports_the_native_module() -> None:
    for name, path in _modules():
        if name != "kernels":
            assert "_native" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("module", ["cv2", "openvino", "torch", "rich", "numpy"])
def test_import_surfedge_is_light(module: str) -> None:
    code = f"import sys, surfedge; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys\nfrom surfedge.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(bool({'cv2', 'numpy', 'openvino', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0
