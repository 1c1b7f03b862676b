"""What a run found, for Python: the recommendation, every row, and the report as one shows it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sklpar.emit import FORMATS, pinned_from_report
from sklpar.errors import UsageError
from sklpar.model import Recommendation, Report, SettingReport
from sklpar.render import RENDERERS, RenderOptions, notebook, sentence
from sklpar.render.plain import one_line, shorten
from sklpar.store.document import read_report_file
from sklpar.store.folder import RunFolder, named_from_here

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """What a run found.

    ``print(result)`` shows the report as ``sklpar show`` does, and a notebook shows it as a table.

    Attributes
    ----------
    report : Report
        The whole of it: what ``sklpar show --format json`` prints, as dataclasses.
    folder : Path or None
        Where the run is stored; None for a report that was read from a file.

    Examples
    --------
    >>> result = sklpar.load("20260102-030405")
    >>> result
    <sklpar.Result 20260102-030405-abcdef: threading-j2-t1, 38.2x faster than as-written>
    >>> result.setting.n_jobs, result.setting.backend, result.setting.inner_threads
    (2, 'threading', 1)
    >>> result.recommendation.speedup.low
    35.1
    >>> result.row("loky-j2-t1").measures["fit_s"].median
    0.1
    """

    report: Report
    folder: Path | None = None

    @property
    def run_id(self) -> str:
        """The run's id, by which commands name it."""
        return self.report.run_id

    @property
    def recommendation(self) -> Recommendation | None:
        """The setting to run with, its speedup and the reasons; None where nothing is sure."""
        return self.report.recommendation

    @property
    def setting(self) -> SettingReport | None:
        """The recommended row, or None: its ``n_jobs``, ``backend``, ``inner_threads``, ``params``.

        For ``as-written`` the first three are None: the job is best left as it is.
        """
        return None if self.recommendation is None else self.row(self.recommendation.setting)

    def row(self, setting: str) -> SettingReport | None:
        """Return the row of a setting by its id, such as ``loky-j2-t1``, or None."""
        return self.report.row(setting)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each setting, those that were skipped among them.

        Returns
        -------
        pandas.DataFrame
            Its index ``setting`` holds the ids. Columns are ``n_jobs``, ``backend``,
            ``inner_threads`` (text: ``1``, ``default``, ``blas1-openmp2``), ``param_<path>`` for
            each swept parameter, ``status``, ``reason``; ``n``, the trials that the objective's
            figure is of; each measure's median with ``<measure>_low`` and ``<measure>_high``, in
            the unit that its name ends in; ``speedup`` against as-written with its bounds, as the
            report's column *gain* has it; ``recommended``, ``tied``, and ``findings``, the ids of
            rules, separated by commas. What was not measured is missing, never 0.

        Raises
        ------
        NoPandasError
            pandas is not installed.

        Examples
        --------
        >>> frame = sklpar.load("20260102-030405").to_frame()
        >>> frame.loc["serial", "first_fit_s"].item()
        0.391
        >>> frame.index[frame["recommended"]].tolist()
        ['threading-j2-t1']
        """
        from sklpar.api.frame import frame

        return frame(self.report)

    def emit(self, format: str) -> str:  # noqa: A002 - what `sklpar emit` calls it
        """Return the recommended setting for another program, as ``sklpar emit FORMAT`` does.

        Raises
        ------
        UsageError
            There is no such format; the message names those that there are.
        NoRecommendationError
            The run recommends nothing.

        Examples
        --------
        >>> "backend: threading" in sklpar.load("20260102-030405").emit("yaml")
        True
        """
        if format not in FORMATS:
            raise UsageError(f"{format!r} is none of {', '.join(FORMATS)}")
        return FORMATS[format](pinned_from_report(self.report))

    def __hash__(self) -> int:
        return hash(self.run_id)

    def __repr__(self) -> str:
        return f"<sklpar.Result {one_line(f'{self.run_id}: {self._answer()}', unicode=False)}>"

    def __str__(self) -> str:
        width = min(100, max(80, shutil.get_terminal_size((100, 24)).columns))
        encoding = getattr(sys.stdout, "encoding", None) or ""
        unicode = encoding.lower().startswith("utf")
        options = RenderOptions(width=width, unicode=unicode, folder=self._place)
        return RENDERERS["text"](self.report, options).removesuffix("\n")

    def _repr_html_(self) -> str:
        return notebook.render(self.report, folder=self._place)

    @property
    def _place(self) -> str | None:
        return None if self.folder is None else named_from_here(self.folder)

    def _answer(self) -> str:
        recommendation = self.recommendation
        if recommendation is None:
            why = self.report.recommendation_unavailable or "the run does not say why"
            return f"no recommendation: {shorten(why)}"
        if recommendation.setting == "as-written":
            return "keep the job as written"
        _, word = sentence.minimized(self.report)
        gain = recommendation.speedup
        if gain.median is not None:
            told = sentence.speedup(type(gain)(median=gain.median, low=None, high=None), word)
            told = told if told.endswith("as-written") else f"{told} than as-written"
        else:
            told = sentence.speedup(gain, word)
        provisional = "provisional" if recommendation.provisional else ""
        return ", ".join(filter(None, (recommendation.setting, told, provisional)))


def load(run: str | os.PathLike[str] | None = None) -> Result:
    """Return the result of a stored run.

    Parameters
    ----------
    run : str or path, optional
        A run folder, a run id or the beginning of one, or a JSON file that ``sklpar tune --json``
        or ``sklpar show --format json`` wrote; the newest run below the current folder unless
        given.

    Raises
    ------
    StoreError
        There is no such run, or its report is damaged or of a newer sklpar.

    Examples
    --------
    >>> sklpar.load().run_id
    '20260102-030405-abcdef'
    """
    if run is not None and os.path.isfile(run):  # noqa: PTH113 - bears any text that is no path
        return Result(report=read_report_file(Path(run)))
    found = RunFolder.find(None if run is None else os.fspath(run))
    return Result(report=found.read_report(), folder=found.path)
