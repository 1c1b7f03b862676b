"""``sklpar guard`` up to the point where a process would start: misuse is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.cli import main

Output = pytest.CaptureFixture[str]

SPEC = "version: 1\nestimator: {class: SVC}\ndata: {sklearn: digits}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path


CONFIG, BASELINE, AGAINST = ("--config", "t.yaml"), ("--baseline", "b.json"), ("--against", "py")
MISUSE: dict[str, tuple[tuple[str, ...], str]] = {
    "no mode": ((), "none was given"),
    "config and baseline": ((*CONFIG, *BASELINE), "--config and --baseline"),
    "config and against": ((*CONFIG, *AGAINST), "--config and --against"),
    "baseline and against": ((*BASELINE, *AGAINST), "--baseline and --against"),
    "all three": ((*CONFIG, *BASELINE, *AGAINST), "one of"),
    "update of a config": ((*CONFIG, "--update"), "--update goes with --baseline"),
    "update of another": ((*AGAINST, "--update"), "--update goes with --baseline"),
    "update alone": (("--update",), "none was given"),
    "ratios of a config": ((*CONFIG, "--ratios-only"), "--ratios-only goes with --baseline"),
    "ratios of another": ((*AGAINST, "--ratios-only"), "--ratios-only goes with --baseline"),
    "ratios of an update": ((*BASELINE, "--update", "--ratios-only"), "--update compares nothing"),
    "regret of a baseline": ((*BASELINE, "--regret", "5%"), "--regret goes with --config"),
    "regret of another": ((*AGAINST, "--regret", "5%"), "--regret goes with --config"),
    "gain of a baseline": ((*BASELINE, "--min-speedup", "2"), "--min-speedup goes with --config"),
    "threshold of a config": ((*CONFIG, "--threshold", "5%"), "--threshold goes with"),
    "threshold of no number": ((*BASELINE, "--threshold", "soon"), "percentage"),
    "threshold below 0": ((*BASELINE, "--threshold=-5%"), "threshold"),
    "threshold of no metric": ((*BASELINE, "--threshold", "speed=5%"), "speed"),
    "an unknown format": ((*BASELINE, "--format", "xml"), "xml"),
    "an unknown flag": ((*BASELINE, "--treshold", "5%"), "--treshold"),
}


@pytest.mark.parametrize("kind", MISUSE)
def test_misuse_is_refused_in_a_sentence_before_anything_runs(
    kind: str, capsys: Output, here: Path
) -> None:
    flags, words = MISUSE[kind]
    assert main(["guard", "spec.yaml", *flags]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("sklpar: error: ")
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert not (here / ".sklpar").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--rounds", "0"), "rounds"),
        (("--budget", "soon"), "budget"),
        (("--timeout=-5s",), "timeout"),
        (("--set", "no.such=1"), "no"),
    ],
)
def test_a_value_that_the_spec_would_refuse_is_refused(
    flags: tuple[str, ...], words: str, capsys: Output, here: Path
) -> None:
    assert main(["guard", "spec.yaml", *BASELINE, *flags]) == 2
    assert words in capsys.readouterr().err
    assert not (here / ".sklpar").exists()


@pytest.mark.parametrize("flags", [("--regret", "2000%"), ("--min-speedup", "0"),
                                   ("--min-speedup", "nan"), ("--regret=-1%",)])  # fmt: skip
def test_a_policy_that_could_never_fail_is_refused(
    flags: tuple[str, ...], capsys: Output, here: Path
) -> None:
    (here / "t.yaml").write_text(
        "version: 1\nsetting: {n_jobs: null, backend: null, inner_threads: null}\n"
    )
    assert main(["guard", "spec.yaml", *CONFIG, *flags]) == 2
    assert flags[0].removeprefix("--").split("=")[0].replace("-", "_") in capsys.readouterr().err


def test_a_pinned_file_that_is_missing_or_cut_off_is_a_spec_error(
    capsys: Output, here: Path
) -> None:
    for text in (None, "", "version: 1\nsetting:\n  n_jobs: 2\n", "version: [", "version: 99\n"):
        if text is not None:
            (here / "t.yaml").write_text(text)
        assert main(["guard", "spec.yaml", *CONFIG]) == 2
        assert "t.yaml" in capsys.readouterr().err


def test_a_spec_that_is_missing_is_named(capsys: Output) -> None:
    assert main(["guard", "nowhere.yaml", *BASELINE]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_the_help_names_the_modes_and_their_exit_codes(capsys: Output) -> None:
    assert main(["guard", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(flag in shown for flag in ("--config", "--baseline", "--against", "--update"))
