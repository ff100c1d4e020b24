"""The house as its imports show it: the rooms and their order are the ones of docs/architecture.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import surfedge

PACKAGE = Path(surfedge.__file__).parent
PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
GROUND, MOST_ON_GROUND = "ground", 12
KERNELS = "surfedge.kernels"  # a folder on the ground: one module to whoever imports it

DOORS = {
    "openvino": {"engine"},
    "torch": {"training"},
    "lightning": {"training"},
    "rich": {"cli"},
    "nncf": {"precision"},
    "paho": {"strips"},
    "asyncua": {"strips"},
    "pymodbus": {"strips"},
    "distributed": {"scoring"},
    "starlette": {"labelling"},
    "uvicorn": {"labelling"},
}
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}


def _floors() -> dict[str, int]:
    """Rooms by floor, the ground 0, as the page's list of floors says."""
    block = re.search(r"```floors\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert block is not None, f"{PAGE} lacks its list of floors"
    lines = [line for line in block[1].splitlines() if line.strip()]
    return {room: number for number, line in enumerate(reversed(lines)) for room in line.replace(",", " ").split()}


FLOORS = _floors()
MODULES = {
    ".".join(("surfedge", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py") if f"surfedge.{path.parent.name}" != KERNELS)


def room_of(module: str) -> str:
    """The room of a module's full name; the ground for loose files."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else GROUND


def _is_for_types_only(tree: ast.Module) -> set[int]:
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _imports(path: Path, *, anywhere: bool) -> frozenset[str]:
    """Names of imported modules and of what is taken from them; without `anywhere`, not those for types only."""
    tree = _tree(path)
    for_types = set() if anywhere else _is_for_types_only(tree)
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _homes(package: str) -> dict[str, str]:
    """What a room's page exports, by the module that defines it: read from the imports that it makes for types."""
    path = MODULES[package]
    if path.name != "__init__.py":
        return {}
    return {
        name.rpartition(".")[2]: name.rpartition(".")[0]
        for name in _imports(path, anywhere=True) - _imports(path, anywhere=False)
        if name.startswith(f"{package}.")
    }


EXPORTS = {package: _homes(package) for package, path in MODULES.items() if path.name == "__init__.py"}


def _module_of(name: str) -> str:
    """The module that an imported name comes from: itself, an exported name's home, or the one it stands in."""
    if name in MODULES:
        return name
    module, _, attribute = name.rpartition(".")
    return EXPORTS.get(module, {}).get(attribute, module)


@cache
def _arrows() -> dict[str, set[str]]:
    """The modules that each module imports. Not at collection: every process of a parallel run collects."""
    return {
        module: {_module_of(name) for name in _imports(path, anywhere=False) if name.startswith("surfedge")} - {module}
        for module, path in MODULES.items()
    }


# The arrows that point up, inside a function: a result draws itself, a detector inspects a whole strip.
LISTED = {("surfedge.result", "surfedge.drawing.overlay"), ("surfedge.detector.detector", "surfedge.strips.inspection")}


def test_the_page_names_every_room() -> None:
    assert set(FLOORS) == {*ROOMS, GROUND}


def test_the_page_names_files_that_there_are() -> None:
    ways = PAGE.read_text(encoding="utf-8").partition("## The way of ...")[2].partition("\n## ")[0]
    names = re.findall(r"`([\w/]+(?:\.py|/))`", ways)
    assert len(names) > 30
    there = [f"/{path.relative_to(PACKAGE).as_posix()}{'/' * path.is_dir()}" for path in PACKAGE.rglob("*")]
    assert [name for name in names if not any(path.endswith(f"/{name}") for path in there)] == []


def test_arrows_go_down_only() -> None:
    wrong = [
        f"{module} imports {target}"
        for module, targets in _arrows().items()
        for target in targets
        if room_of(target) != room_of(module)
        and FLOORS[room_of(target)] >= FLOORS[room_of(module)]
        and (module, target) not in LISTED
        and module not in ("surfedge", "surfedge.__main__")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_leads_back_to_itself() -> None:
    """Not even by an import inside a function."""
    arrows = {name: {t for t in targets if (name, t) not in LISTED} for name, targets in _arrows().items()}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_ground_is_small_and_used_by_several_rooms() -> None:
    loose = {module for module in MODULES if room_of(module) == GROUND and not module.startswith(f"{KERNELS}.")}
    assert len(loose) <= MOST_ON_GROUND + 1, sorted(loose)  # the package's own page is not counted
    for module in sorted(loose - {"surfedge", "surfedge.__main__", "surfedge.version"}):
        users = {room_of(user) for user, targets in _arrows().items() if module in targets}
        assert len(users) > 1, f"{module} belongs into {users}"


@pytest.mark.parametrize("package", sorted(name for name, homes in EXPORTS.items() if homes))
def test_a_page_exports_what_it_says(package: str) -> None:
    module = import_module(package)
    for name, home in EXPORTS[package].items():
        if home.startswith(("surfedge.training", "surfedge.experiments")) and name != "require_torch":
            pytest.importorskip("torch")
        assert getattr(module, name) is getattr(import_module(home), name)
        assert name in dir(module)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        module.nothing  # noqa: B018


def test_other_rooms_come_in_by_the_page() -> None:
    """A name that a room exports is taken from the room, not from the file behind it."""
    wrong = []
    for module, path in MODULES.items():
        for name in _imports(path, anywhere=False):
            home, _, attribute = name.rpartition(".")
            room = f"surfedge.{room_of(home)}"
            if room_of(home) not in (GROUND, room_of(module)) and EXPORTS.get(room, {}).get(attribute) == home:
                wrong.append(f"{module} imports {attribute} from {home}, not from {room}")
    assert not wrong, "\n".join(wrong)


def test_no_module_only_hands_on() -> None:
    for module, path in MODULES.items():
        if path.name == "__init__.py":
            continue
        body = _tree(path).body
        assert any(not isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr)) for node in body), module


def test_heavy_packages_stand_behind_their_doors() -> None:
    for module, path in MODULES.items():
        tops = {imported.split(".")[0] for imported in _imports(path, anywhere=True)}
        assert not tops & FORBIDDEN, f"{path} imports {tops & FORBIDDEN}"
        for package, allowed in DOORS.items():
            assert package not in tops or room_of(module) in allowed, f"{path} imports {package}"


def test_one_file_imports_the_native_module_and_others_ask_the_page_of_kernels() -> None:
    for module, path in MODULES.items():
        if module != f"{KERNELS}.levels":
            assert "_native" not in path.read_text(encoding="utf-8"), path
        if not module.startswith(KERNELS):
            homes = {name.rpartition(".")[0] for name in _imports(path, anywhere=True)}
            assert not any(home.startswith(f"{KERNELS}.") for home in homes), path


def test_documented_imports_of_before_still_work() -> None:
    for old, new in surfedge.MOVED.items():
        assert import_module(old) is import_module(new)
        assert import_module(new).__spec__.name == new


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


def test_the_training_extra_can_be_asked_for_without_torch() -> None:
    code = "import sys\nfrom surfedge.training import require_torch\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
