"""The order of a trial survives its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.model import CallNode, Caps, ObjectNode, Setting
from sklpar.trial.order import Order
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, make_setting

TREE = ObjectNode(
    path="Pipeline",
    args=([("a", ObjectNode(path="PCA", kwargs={"n_components": 2}))],),
    kwargs={"x": CallNode(target="job:make", kwargs={"n": 1e-3}), "none": None, "é": "漢"},
)


@pytest.mark.parametrize(
    "setting",
    [
        AS_WRITTEN,
        SERIAL,
        LOKY,
        make_setting("threading", None, "default"),
        make_setting("loky", 2, Caps(blas=1, openmp=2), a__C=1e-300, b=None, c=True, d=[1, "x"]),
        make_setting("loky", 2, 1, estimator=TREE),
    ],
    ids=lambda setting: setting.id[:30],
)
def test_an_order_is_read_as_it_was_written(setting: Setting, tmp_path: Path) -> None:
    order = Order(
        job={"estimator": {"class": "Ridge"}, "folder": "/x y"},
        setting=setting,
        n_jobs_paths=("a__n_jobs", "b__n_jobs"),
        serial_params={"n_jobs": 1},
        repeats=3,
        report="/tmp/report.jsonl",
        memory_group="/sys/fs/cgroup/x",
        memory_group_version=2,
        repeated_n_jobs=("a__n_jobs",),
    )
    order.write(tmp_path / "order.json")
    found = Order.read(tmp_path / "order.json")
    assert found == order
    assert found.setting.id == setting.id
