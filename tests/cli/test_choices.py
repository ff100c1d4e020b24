"""The choices of an option are written once: --help, errors and documentation read the same tables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from surfedge.calibration import LABELLED_RULES, NORMALISED_BY, RULE_FORMS, RULES
from surfedge.cli import VERBS, main
from surfedge.detector import PREFILTERS, RENAMED_PREFILTERS
from surfedge.methods import METHODS, SCREENS, VIEWS, WITHOUT_NETWORK
from surfedge.methods.residuals import RESIDUALS
from surfedge.precision import BUNDLE_PRECISIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that breaks no line."""
    monkeypatch.setenv("COLUMNS", "400")


def shown(verb: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `surfedge VERB --help` prints, without line breaks."""
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("verb", "option", "names"),
    [
        ("calibrate", "--prefilter", PREFILTERS),
        ("calibrate", "--normalise", NORMALISED_BY),
        ("calibrate", "--labelled-rule", tuple(LABELLED_RULES)),
        ("calibrate", "--screen-method", tuple(SCREENS)),
        ("export", "--precision", BUNDLE_PRECISIONS),
    ],
)
def test_help_offers_the_choices(
    verb: str, option: str, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{option} {{{','.join(names)}}}" in shown(verb, capsys)


@pytest.mark.parametrize("verb", ["calibrate", "train"])
def test_help_names_every_rule(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ", ".join(RULE_FORMS) in shown(verb, capsys)
    assert list(dict.fromkeys(form.partition(":")[0] for form in RULE_FORMS)) == list(RULES)


@pytest.mark.parametrize("verb", ["calibrate", "evaluate", "score"])
def test_help_names_every_method_that_needs_no_network(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ", ".join(WITHOUT_NETWORK) in shown(verb, capsys)


def test_the_documentation_lists_the_prefilters() -> None:
    page = (DOCS / "patterned-plate.md").read_text(encoding="utf-8")
    table = page[page.index("| `prefilter` |") :].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \| (?!before)", table, re.M)) == set(PREFILTERS)
    (row,) = (line for line in (DOCS / "bundle.md").read_text(encoding="utf-8").splitlines() if "| `input` |" in line)
    known = re.findall(r'`"(\w+)"`', row)
    assert set(known) == {*PREFILTERS, *RENAMED_PREFILTERS}
    assert set(RENAMED_PREFILTERS.values()) <= set(PREFILTERS) and not set(RENAMED_PREFILTERS) & set(PREFILTERS)


def test_tables_of_choices_cost_no_import() -> None:
    code = (
        "import sys\n"
        "from surfedge.calibration import LABELLED_RULES, NORMALISED_BY, RULES\n"
        "from surfedge.decision import NORMALISATIONS\n"
        "from surfedge.detector import PREFILTERS\n"
        "from surfedge.methods import METHODS, SCREENS, VIEWS\n"
        "from surfedge.methods.residuals import RESIDUALS\n"
        "from surfedge.precision import BUNDLE_PRECISIONS\n"
        "sys.exit(bool({'cv2', 'numpy', 'openvino', 'rich', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_no_verb_and_no_recipe_writes_a_list_again() -> None:
    """Two names of a table in one line of source stand in the table alone."""
    package = Path(sys.modules["surfedge"].__file__ or "").parent
    tables = (tuple(METHODS), PREFILTERS[1:], tuple(RULES), tuple(LABELLED_RULES), tuple(RESIDUALS), VIEWS)
    for path in (*(package / "cli").glob("*.py"), package / "training" / "recipe.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for table in tables:
                quoted = [name for name in table if f'"{name}"' in line and "help" not in line and '"""' not in line]
                assert len(quoted) < 2, f"{path.name}:{number} lists {quoted}"


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_no_empty_default(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not re.search(r"\(default: (None|False|\[\]|)\)", shown(verb, capsys))
