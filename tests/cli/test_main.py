"""What all verbs share: help, exit codes, errors in one line, a start without delay."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

import surfedge
from surfedge.cli import VERBS, main
from surfedge.errors import BundleError, DatasetError

HELP_LIMIT_S = 0.3


def apart(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, "-m", "surfedge", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, **settings)  # type: ignore[call-overload]


def test_folder_and_table_agree() -> None:
    files = {path.stem for path in Path(surfedge.cli.__file__).parent.glob("*.py")}
    assert files - {"__init__", "console"} == set(VERBS)
    assert all(home == f"surfedge.cli.{name}" for name, home in VERBS.items())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example_that_its_own_parser_takes(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = import_module(VERBS[verb])
    assert module.EXAMPLE.startswith(f"surfedge {verb}") and module.SUMMARY
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    text = capsys.readouterr().out
    assert left.value.code == 0 and "example:" in text and "--json" in text
    assert module.EXAMPLE in " ".join(text.split())
    assert "(default: None)" not in text
    arguments = surfedge.cli._parser().parse_args(module.EXAMPLE.split()[1:])
    assert arguments.verb == verb and arguments.json is False


def test_help_answers_at_once() -> None:
    """The quickest of several starts: the others waited for the machine."""
    taken = []
    for _ in range(7):
        start = time.perf_counter()
        done = apart("--help")
        taken.append(time.perf_counter() - start)
        assert done.returncode == 0 and done.stderr == ""
        assert set(VERBS) <= set(done.stdout.split())
    print(f"surfedge --help: {min(taken):.3f} s")
    assert min(taken) < HELP_LIMIT_S


@pytest.mark.parametrize(("given", "expected"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_the_linear_algebra_of_numpy_keeps_to_one_thread(given: dict[str, str], expected: str) -> None:
    code = (
        "import os, sys; from surfedge.cli import main; assert 'numpy' not in sys.modules; "
        "main(['info', 'nowhere']); print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {"PYTHONPATH": str(Path(surfedge.__file__).parents[1]), **given}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [expected], done.stderr


def test_version() -> None:
    assert apart("--version").stdout == f"surfedge {surfedge.__version__}\n"


@pytest.mark.parametrize("words", [[], ["paint"], ["info"], ["info", "a", "b"], ["--loud"], ["info", "a", "--loud"]])
def test_wrong_use_is_one_line_and_exit_code_2(words: list[str]) -> None:
    done = apart(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("surfedge: ") and done.stderr.count("\n") == 1 and "--help" in done.stderr


def test_a_path_without_a_bundle_is_wrong_use_and_a_foreign_file_a_failure(tmp_path: Path) -> None:
    for name in ("missing.surfedge", "name\nwith a break"):
        done = apart("info", tmp_path / name)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
        assert "No such file" in done.stderr and "check the path" in done.stderr
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    done = apart("verify", tmp_path / "a.png")
    assert done.returncode == 3 and "a file without the bundle signature" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (BundleError("a", found="b"), 3, "a: found b"),
        (DatasetError("a", found="b"), 2, "a: found b"),
        (PermissionError(13, "Permission denied", "out"), 3, "out: Permission denied; what was written"),
        (OSError(28, "No space left on device"), 3, "No space left on device; what"),
        (MemoryError("37 GiB"), 3, "not enough memory (37 GiB); what was written before stays valid"),
        (KeyboardInterrupt(), 3, "stopped by the user; what was done is kept"),
    ],
)
def test_errors_become_lines_and_exit_codes(
    error: BaseException, code: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr("surfedge.cli.info.run", fail)
    assert main(["info", "x"]) == code
    shown = capsys.readouterr()
    assert shown.out == "" and text in shown.err and shown.err.count("\n") == 1
    assert main(["info", "x", "--json"]) == code
    assert capsys.readouterr().out.startswith('{"error": ')


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    from surfedge.detector import default_bundle

    default_bundle().write(tmp_path / "a")
    read_end, write_end = os.pipe()
    os.close(read_end)
    environment = {**os.environ, "PYTHONPATH": str(Path(surfedge.__file__).parents[1])}
    command = [sys.executable, "-m", "surfedge", "info", str(tmp_path / "a")]
    done = subprocess.run(command, env=environment, stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write_end)
    assert done.returncode == 3 and "Traceback" not in done.stderr
