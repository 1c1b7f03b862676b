"""What the guard section says, what a flag changes in it, and which threshold counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.errors import SpecError, UsageError
from sklpar.model import GuardPolicy
from sklpar.spec.loader import parse_spec
from sklpar.spec.pyproject import read_defaults
from sklpar.spec.values import parse_threshold

JOB = "version: 1\nestimator: SVC\ndata: {sklearn: digits}\n"
SECTION = """\
guard:
  regret: 5%
  min_speedup: 1.5x
  threshold: 20%
  metrics: {memory: 2.5%, threads: ignore}
  settings: {loky-j2-t1: 25%, serial: {cpu: 12.5%, fit: ignore}, threading-j2-tdefault: ignore}
  allow_inconclusive: true
"""


def policy(section: str = SECTION) -> GuardPolicy:
    return parse_spec(JOB + section, file="job.yaml").guard


def with_flags(*flags: str) -> GuardPolicy:
    return policy().with_thresholds(map(parse_threshold, flags))


def test_a_spec_without_the_section_has_the_default_policy() -> None:
    assert policy("") == GuardPolicy()
    assert policy("guard:\n") == GuardPolicy()
    assert (GuardPolicy().regret, GuardPolicy().min_speedup) == (0.1, 1.0)
    assert GuardPolicy().threshold_of("as-written", "memory") == 0.1
    assert not GuardPolicy().ignores("as-written")


def test_every_key_is_read() -> None:
    assert policy() == GuardPolicy(
        regret=0.05,
        min_speedup=1.5,
        threshold=0.2,
        metrics={"memory": 0.025, "threads": None},
        settings={
            "loky-j2-t1": 0.25,
            "serial": {"cpu": 0.125, "fit": None},
            "threading-j2-tdefault": None,
        },
        allow_inconclusive=True,
    )


@pytest.mark.parametrize(
    ("text", "threshold"),
    [("10%", 0.1), ("'12.5 %'", 0.125), ("0.125", 0.125), ("150%", 1.5), ("1000%", 10), ("0", 0)],
)
def test_thresholds(text: str, threshold: float) -> None:
    assert policy(f"guard: {{threshold: {text}}}").threshold == threshold
    assert policy(f"guard: {{metrics: {{fit: {text}}}}}").metrics == {"fit": threshold}
    assert policy(f"guard: {{regret: {text}}}").regret == threshold


@pytest.mark.parametrize(("text", "factor"), [("2", 2), ("1.5", 1.5), ("1.5x", 1.5), ("0.9", 0.9)])
def test_required_speedups(text: str, factor: float) -> None:
    assert policy(f"guard: {{min_speedup: {text}}}").min_speedup == factor


@pytest.mark.parametrize(
    ("setting", "metric", "threshold"),
    [
        ("serial", "cpu", 0.125),  # setting and metric
        ("serial", "fit", None),
        ("serial", "memory", 0.025),  # the metric
        ("serial", "first_fit", 0.2),  # neither
        ("loky-j2-t1", "memory", 0.25),  # the setting before the metric
        ("loky-j2-t1", "threads", 0.25),
        ("as-written", "threads", None),
        ("threading-j2-tdefault", "memory", None),
    ],
)
def test_what_is_named_most_closely_counts(
    setting: str, metric: str, threshold: float | None
) -> None:
    assert policy().threshold_of(setting, metric) == threshold


def test_a_setting_is_ignored_only_where_nothing_of_it_is_guarded() -> None:
    names = ("as-written", "serial", "loky-j2-t1", "threading-j2-tdefault", "other")
    assert [name for name in names if policy().ignores(name)] == ["threading-j2-tdefault"]


@pytest.mark.parametrize(
    ("flags", "setting", "metric", "threshold"),
    [
        # A bare one is for all, save what is ignored.
        (["50%"], "other", "fit", 0.5),
        (["50%"], "other", "memory", 0.5),
        (["50%"], "loky-j2-t1", "fit", 0.5),
        (["50%"], "serial", "cpu", 0.5),
        (["50%"], "as-written", "threads", None),
        (["50%"], "threading-j2-tdefault", "fit", None),
        # A named one is for its own, whatever else the spec says of that.
        (["memory=50%"], "other", "memory", 0.5),
        (["memory=50%"], "loky-j2-t1", "memory", 0.5),
        (["memory=50%"], "other", "fit", 0.2),
        (["memory=50%"], "threading-j2-tdefault", "memory", None),
        (["cpu=50%"], "serial", "cpu", 0.5),
        (["fit=50%"], "serial", "fit", None),
        (["threads=50%"], "as-written", "threads", 0.5),
        (["serial:50%"], "serial", "cpu", 0.5),
        (["serial:50%"], "serial", "fit", None),
        (["serial:fit=50%"], "serial", "fit", 0.5),
        (["threading-j2-tdefault:50%"], "threading-j2-tdefault", "fit", 0.5),
        (["cpu=ignore"], "serial", "cpu", None),
        (["loky-j2-t1:ignore"], "loky-j2-t1", "fit", None),
        # Among flags the closest name counts, and of two for the same the later.
        (["50%", "memory=1%"], "other", "memory", 0.01),
        (["memory=1%", "50%"], "other", "memory", 0.01),
        (["serial:3%", "memory=1%"], "serial", "memory", 0.03),
        (["1%", "2%"], "other", "fit", 0.02),
    ],
)
def test_a_flag_outranks_the_spec(
    flags: list[str], setting: str, metric: str, threshold: float | None
) -> None:
    assert with_flags(*flags).threshold_of(setting, metric) == threshold


def test_a_flag_may_ignore_a_setting_and_take_one_up_again() -> None:
    assert with_flags("serial:ignore").ignores("serial")
    assert not with_flags("threading-j2-tdefault:10%").ignores("threading-j2-tdefault")
    assert not with_flags("threading-j2-tdefault:cpu=10%").ignores("threading-j2-tdefault")
    assert with_flags("cpu=10%", "30%").ignores("threading-j2-tdefault")


def test_flags_add_up_and_leave_the_policy_as_it_was() -> None:
    first = with_flags("50%")
    second = first.with_thresholds([("serial", None, 0.3)])
    assert second.threshold_of("serial", "cpu") == 0.3
    assert second.threshold_of("other", "cpu") == 0.5
    assert first.threshold_of("serial", "cpu") == 0.5


def test_the_settings_that_are_named_can_be_checked() -> None:
    expected = ("loky-j2-t1", "serial", "threading-j2-tdefault", "loky-j4-t1")
    assert with_flags("memory=1%", "loky-j4-t1:2%", "serial:cpu=1%").named_settings == expected


@pytest.mark.parametrize(
    ("flag", "read"),
    [
        ("10%", (None, None, 0.1)),
        ("0.125", (None, None, 0.125)),
        ("memory=2.5%", (None, "memory", 0.025)),
        ("threads=ignore", (None, "threads", None)),
        ("serial:cpu=12.5%", ("serial", "cpu", 0.125)),
        ("serial:ignore", ("serial", None, None)),
        (" serial : cpu = 5% ", ("serial", "cpu", 0.05)),
        ("threading-j2-t1-clf__n_jobs=1:25%", ("threading-j2-t1-clf__n_jobs=1", None, 0.25)),
        ("threading-j2-t1-C=1,tol=0.1:fit=5%", ("threading-j2-t1-C=1,tol=0.1", "fit", 0.05)),
    ],
)
def test_a_threshold_flag_names_a_setting_and_a_metric(
    flag: str, read: tuple[str | None, str | None, float | None]
) -> None:
    assert parse_threshold(flag) == read


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("", "expected a percentage"),
        ("10", "did you mean 10%?"),
        ("memory=10", "did you mean 10%?"),
        ("-5%", "expected a percentage"),
        ("ten", "write 10%, 0.1 or ignore"),
        ("nan", "expected a percentage"),
        ("9" * 5000, "from 0 to under 1"),
        ("1001%", "at most 1000%"),
        ("memry=5%", "did you mean 'memory'?"),
        ("=5%", "is not a metric"),
        ("serial=ignore", "for a setting write serial:ignore"),
        ("threading-j2-t1-C=1=25%", "for a setting write threading-j2-t1-C=1:25%"),
        ("serial:cpuu=5%", "did you mean 'cpu'?"),
        ("memory:5%", "write memory=5%"),
        (":5%", "no setting before the colon"),
        ("serial:", "expected a percentage"),
        ("ignore", "nothing would be guarded"),
    ],
)
def test_a_wrong_threshold_flag_is_a_usage_error_that_names_it(flag: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_threshold(flag)
    assert str(caught.value).startswith(f"--threshold '{flag[:50]}")
    assert message in f"{caught.value}; {caught.value.remedy}"


def test_each_problem_of_the_section_has_its_own_place() -> None:
    section = (
        "guard:\n  metrics: {memry: 5%, memory: 5}\n"
        "  settings:\n    serial: {cpu: x}\n    5: 10%\n  min_speedup: fast\n"
    )
    with pytest.raises(SpecError) as caught:
        policy(section)
    assert [(one.line, one.column) for one in caught.value.problems] == [
        (5, 13),
        (5, 32),
        (7, 19),
        (8, 5),
        (9, 16),
    ]
    assert "job.yaml:5:13: guard.metrics.memry: 'memry' is not a metric" in str(caught.value)
    assert "did you mean 5%?" in str(caught.value)


def test_a_project_gives_defaults_key_by_key_and_a_flag_outranks_both(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.sklpar.guard]\nregret = '5%'\nthreshold = 0.3\nallow_inconclusive = true\n"
        "[tool.sklpar.guard.metrics]\nthreads = 'ignore'\n"
        "[tool.sklpar.guard.settings]\nloky-j2-t1 = '25%'\nserial = {cpu = '1%'}\n"
    )
    found = parse_spec(
        JOB + "guard: {threshold: 2%, metrics: {memory: 1%}}",
        file="job.yaml",
        defaults=read_defaults(tmp_path).values,
        overrides=["guard.allow_inconclusive=false", "guard.min_speedup=1.2"],
    ).guard
    assert found == GuardPolicy(
        regret=0.05,
        min_speedup=1.2,
        threshold=0.02,
        metrics={"memory": 0.01},
        settings={"loky-j2-t1": 0.25, "serial": {"cpu": 0.01}},
    )


def test_a_wrong_policy_of_a_project_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.sklpar.guard.metrics]\nmemry = 0.1\n[tool.sklpar.guard]\nregret = 10\n")
    with pytest.raises(SpecError) as caught:
        read_defaults(tmp_path)
    assert f"{file}: tool.sklpar.guard.metrics.memry: 'memry' is not a metric" in str(caught.value)
    assert "tool.sklpar.guard.regret: a number must be from 0 to under 1, got 10" in str(
        caught.value
    )
