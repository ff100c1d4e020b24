"""What cannot be reached, is not to be trusted or does not fit gives one line that says what to do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import distributed
import pytest

from conftest import Budget
from scoring.cluster.conftest import Left, left
from scoring.cluster.machines import PACKAGE, Machines, wait_for
from surfedge import Detector
from surfedge.cli import main
from surfedge.errors import ArgumentError
from surfedge.scoring import Cluster, ClusterError, score_folder


@pytest.mark.parametrize("address", ["pc1", "pc1:0", "pc1:99999", "http://pc1:80", "local:0", "local:many", ""])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ArgumentError, match="--cluster"):
        Cluster(address)


def test_an_address_where_nobody_answers(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surfedge.scoring.cluster.connection.CONNECT_S", 0.3)
    code = main(["score", str(images), "--out", str(tmp_path / "out"), "--cluster", "127.0.0.1:9"])
    said = capsys.readouterr().err
    assert code == 3 and said.count("\n") == 1
    assert "no answer" in said and "check the address, that `dask scheduler` runs there, and the firewall" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "option", [["--cluster-tls", "a", "b", "c"], ["--allow-different-workers"]], ids=["tls", "different"]
)
def test_options_that_say_nothing_without_a_cluster(option: list[str], tmp_path: Path) -> None:
    assert main(["score", str(tmp_path), "--out", str(tmp_path / "out"), *option]) == 2


def test_a_detector_that_cannot_travel(machines: Machines, images: Path, tmp_path: Path) -> None:
    with Cluster(machines.address) as cluster, pytest.raises(ArgumentError, match="a Detector, which workers can be"):
        score_folder(lambda path: None, [images], tmp_path / "out", cluster=cluster)  # type: ignore[arg-type, return-value]


def test_another_major_version_of_distributed(
    machines: Machines, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = distributed.__version__
    monkeypatch.setattr(distributed, "__version__", "2019.1.0")
    with Cluster(machines.address) as cluster, pytest.raises(ClusterError) as caught:
        score_folder(Detector(), [images], tmp_path / "out", cluster=cluster)
    assert f"found distributed {there}" in str(caught.value)
    assert "on every machine: pip install distributed==2019.1.0" in str(caught.value)


def test_a_full_disk_here(machines: Machines, images: Path, tmp_path: Path, calm: Left, detector: Detector) -> None:
    """The client's files may not grow beyond a few kB: the run ends with a line, what was committed is kept."""
    out = tmp_path / "out"
    script = (
        "import sys; from surfedge.cli import main\n"
        "sys.exit(main(['score', *sys.argv[1:], '--save', 'masks', '--threshold', '9', '--threads', '1']))"
    )

    resource = pytest.importorskip("resource")

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    command = [sys.executable, "-c", script, str(images), "--out", str(out), "--cluster", machines.address]
    environment = {"PYTHONPATH": str(PACKAGE), "PATH": ""}
    ended = subprocess.run(command, preexec_fn=limit, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 3
    assert "run again to finish" in ended.stderr and "Traceback" not in ended.stderr
    assert score_folder(detector, [images], out, save=["masks"], workers=1).skipped == 1
    assert left(out) == calm


@pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")
def test_ctrl_c_ends_workers_here_without_a_word_of_theirs(images: Path, tmp_path: Path, budget: Budget) -> None:
    """A terminal sends it to the workers too."""
    if not budget.count(test=0, nightly=1, release=1):
        pytest.skip("takes five seconds: with --budget nightly")
    command = [sys.executable, "-m", "surfedge", "score", "--watch", str(images), "--out", str(tmp_path / "out")]
    command += ["--cluster", "local:2"]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    with open(tmp_path / "said", "wb") as said:
        run = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
    wait_for(lambda: b"good" in (tmp_path / "said").read_bytes(), "the first verdict")
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(60) in (0, 1)  # whether the damaged file was given up by then
    assert b"Traceback" not in (tmp_path / "said").read_bytes()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """CA, certificate and key of two authorities that do not know each other."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("keys")
    return {name: _authority(folder / name) for name in ("ours", "theirs")}


def _authority(folder: Path) -> list[Path]:
    folder.mkdir()
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made = ["openssl", "req", "-x509", *kind, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem"]
    asked = ["openssl", "req", *kind[:-2], "-subj", "/CN=surfedge", "-keyout", "own.key", "-out", "own.csr"]
    signed = ["openssl", "x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    for command in (made, asked, [*signed, "-days", "2", "-out", "own.pem"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return [folder / "ca.pem", folder / "own.pem", folder / "own.key"]


def test_an_encrypted_cluster(
    keys: dict[str, list[Path]], images: Path, tmp_path: Path, calm: Left, detector: Detector, budget: Budget
) -> None:
    ours, theirs = ([str(path) for path in keys[name]] for name in ("ours", "theirs"))
    encrypted = Machines(tmp_path / "encrypted", tls=keys["ours"])
    try:
        wait_for(encrypted.is_listening, "the scheduler")
        with (
            pytest.raises(ClusterError, match="a certificate that is not accepted"),
            Cluster(encrypted.address, tls=theirs),
        ):
            pass
        with (
            pytest.raises(ArgumentError, match="check that CERT and KEY belong together"),
            Cluster(encrypted.address, tls=[*ours[:2], theirs[2]]),
        ):
            pass
        if budget.count(test=0, nightly=1, release=1):
            encrypted.joined()
            with Cluster(encrypted.address, tls=ours) as cluster:
                score_folder(detector, [images], tmp_path / "out", save=["masks"], workers=1, cluster=cluster)
            assert left(tmp_path / "out") == calm
    finally:
        encrypted.end()
