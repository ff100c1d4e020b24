"""The bench verb: table, JSON, levels and threads, and what a wrong answer does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import surfedge.cli
from surfedge import kernels
from surfedge.bench import running

Main = Callable[..., int]


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Main:
    """The command line with this verb alone."""
    monkeypatch.setattr(surfedge.cli, "VERBS", {"bench": "surfedge.cli.bench"})
    return lambda *words: surfedge.cli.main(["bench", *map(str, words)])


def test_two_cases_quickly_as_a_table(main: Main, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    start = time.monotonic()
    assert main("call", "mahalanobis", "--quick", "--out", tmp_path / "bench.json") == 0
    assert time.monotonic() - start < 5
    out = capsys.readouterr().out
    assert f"level {kernels.available_isas()[-1]}, 1 thread; " in out
    for text in ("mahalanobis", "1024^2 19 figures", "call", "16^2 u8", "x floor", "GFLOP/s", "numpy"):
        assert text in out, text
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert [row["kernel"] for row in written["rows"]] == ["call", "mahalanobis"]


def test_json_is_one_object_for_levels_and_threads(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("call", "--seconds", "0.01", "--isa", "all", "--threads", "1,2", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert {"machine", "seconds_per_case", "limits", "skipped_peers", "rows"} == set(report)
    assert [(row["level"], row["threads"]) for row in report["rows"]] == [
        (level, threads) for level in kernels.available_isas() for threads in (1, 2)
    ]
    for row, limits in zip(report["rows"], report["limits"], strict=True):
        assert row["ms"] > 0 and row["ratio"] == row["peer_ms"] / row["ms"]
        assert limits["arithmetic_GFLOP_per_s"] > 0


@pytest.mark.filterwarnings("default")
def test_a_wrong_answer_fails_with_the_name_of_the_case(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    breaking = "import surfedge.kernels as k; right = k.mahalanobis; k.mahalanobis = lambda *a, out: right(*a) + 1\n"
    monkeypatch.setattr(running, "PROGRAM", breaking + running.PROGRAM)
    assert main("call", "mahalanobis", "--quick") == 3
    captured = capsys.readouterr()
    assert "surfedge: mahalanobis 1024^2 19 figures: found an answer that differs from that of OpenCV gemm by 1" in (
        captured.err
    )
    assert "level" not in captured.out


def test_a_worker_that_dies_says_why(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "PROGRAM", "raise SystemError('out of luck')")
    assert main("call", "--quick") == 3
    assert "found SystemError: out of luck" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dlz"], "kernel: found 'dlz', expected block_means, dzl, ssim"),
        (["call", "--isa", "v9"], "level: found 'v9'"),
        (["call", "--threads", "0"], "--threads: found '0'"),
        (["call", "--threads", "two"], "--threads: found 'two'"),
        (["call", "--seconds", "0"], "--seconds: found 0.0"),
    ],
)
def test_wrong_use(main: Main, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(*words) == 2
    assert message in capsys.readouterr().err
