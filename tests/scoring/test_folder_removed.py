"""An output folder that is removed or replaced while a run goes on ends it: nothing would be kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scoring.conftest import Run
from scoring.stub import judge
from surfedge.result import Result
from surfedge.scoring import OutputError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="open files cannot be removed elsewhere")


@pytest.mark.parametrize("at", [0, 5, 11])
@pytest.mark.parametrize("save", [[], ["masks"]])
@pytest.mark.parametrize("is_replaced", [False, True])
def test_the_folder_is_removed(at: int, save: list[str], is_replaced: bool, run: Run, out: Path) -> None:
    calls = iter(range(100))

    def stub(path: Path) -> Result:
        if next(calls) == at:
            shutil.rmtree(out)
            if is_replaced:
                out.mkdir()
                (out / "ledger.sqlite").touch()
        return judge(path)

    with pytest.raises(OutputError, match=r"removed or replaced while the run went on|room and permission"):
        run(stub, save=save, workers=1)
    assert not (out / "results.csv").exists()
    assert run().images == 12 if not is_replaced else True
