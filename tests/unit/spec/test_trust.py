"""The policy: what may be named, before any import and after."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sklpar.spec.public_names import all_names, find_module
from sklpar.spec.trust import (
    Refusal,
    check_class,
    check_target,
    resolve_class,
    resolve_function,
    wrong_package_name,
)

HOSTILE_CLASSES = [
    "sklearn.utils.os.system",
    "sklearn.utils._joblib.joblib.load",
    "sklearn.base.pickle.Unpickler",
    "sklearn.base.BaseEstimator",
    "sklearn.utils.Bunch",
    "sklearn.utils.fixes.sys.exit",
    "sklearn.externals.array_api_compat",
    "sklearn.tests.test_base.MyEstimator",
    "sklearn.conftest.fetch_20newsgroups_fxt",
    "sklearn.datasets.load_files",
    "sklearn.datasets.fetch_openml",
    "sklearn.datasets._base.os.system",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.linear_model.__builtins__",
    "sklearn.svm.SVC.__init__",
    "sklearn.svm.SVC.fit",
    "sklearn.__check_build.os.system",
    "sklearn.experimental.enable_halving_search_cv",
    "sklearn.setup_module",
    "sklearn.config_context",
    "sklearn",
    "sklearn.",
    ".sklearn.svm.SVC",
    "sklearn..svm.SVC",
    "sklearn.svm.SVC ",
    "sklearn.svm.ＳＶＣ",
    "sklearn.svm.lambda",
    "scipy.stats.np.load",
    "scipy.stats.stats.np.load",
    "scipy.stats._continuous_distns.norm_gen",
    "scipy.io.loadmat",
    "scipy.special.gamma",
    "scipy.stats",
    "scipy.norm",
    "os.system",
    "builtins.eval",
    "subprocess.Popen",
    "joblib.load",
    "numpy.load",
    "pickle.Unpickler",
    "eval",
    "__import__",
    "Popen",
    "system",
    "../evil",
    "evil/evil",
    "sys\0",
    "",
    " ",
]


@pytest.mark.parametrize("path", HOSTILE_CLASSES)
def test_a_hostile_class_is_refused_before_any_import(path: str) -> None:
    before = set(sys.modules)
    with pytest.raises(Refusal):
        check_class(path, ())
    assert set(sys.modules) == before


@pytest.mark.parametrize("path", HOSTILE_CLASSES)
def test_to_trust_scikit_learn_by_name_opens_nothing_more(path: str) -> None:
    with pytest.raises(Refusal):
        resolve_class(path, ("sklearn", "scipy"))


@pytest.mark.parametrize(
    "path",
    ["scipy.stats.gaussian_kde", "scipy.stats.ttest_ind", "scipy.stats.qmc", "scipy.stats.x"],
)
def test_of_scipy_only_distributions_are_built(path: str) -> None:
    with pytest.raises(Refusal):
        resolve_class(path, ())


@pytest.mark.parametrize(
    "path",
    [
        "SVC",
        "KFold",
        "StandardScaler",
        "RBF",
        "HalvingGridSearchCV",
        "IterativeImputer",
        "Pipeline",
        "make_column_selector",
        "sklearn.compose.make_column_selector",
        "TfidfVectorizer",
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.pipeline.Pipeline",
        "sklearn.model_selection.HalvingRandomSearchCV",
        "GroupKFold",
        "scipy.stats.loguniform",
        "scipy.stats.randint",
        "ColumnTransformer",
        "LeaveOneOut",
    ],
)
def test_public_objects_are_found(path: str) -> None:
    assert callable(resolve_class(path, ()))


@pytest.mark.parametrize(
    "path", ["ParameterGrid", "BaseCrossValidator", "clone", "train_test_split"]
)
def test_other_public_names_of_scikit_learn_are_refused_or_harmless(path: str) -> None:
    try:
        found = resolve_class(path, ())
    except Refusal:
        return
    assert isinstance(found, type)


def test_every_estimator_has_a_short_name() -> None:
    from sklearn.utils import all_estimators

    missing = [name for name, _ in all_estimators() if find_module(name) is None]
    assert missing == []
    assert len(all_names()) > 200


def test_an_unknown_name_gets_suggestions() -> None:
    with pytest.raises(Refusal) as caught:
        check_class("RandomForestClassifer", ())
    assert "'RandomForestClassifier'" in caught.value.remedy
    assert not caught.value.untrusted


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module of the user's own, which may be imported."""
    name = f"users_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(
        "import functools, os, subprocess, sklearn, numpy as np\n"
        "from os import system\nfrom subprocess import Popen\n"
        "from sklearn.svm import SVC\nfrom sklearn.datasets import load_digits\n"
        "sneaky = functools.partial(system, 'true')\nvalue = 3\n"
        "class Mine(SVC): pass\n"
        "class Plain: pass\n"
        "class Split:\n"
        "    def split(self, X): ...\n"
        "    def get_n_splits(self): ...\n"
        "def make(): return SVC()\n"
        "def _hidden(): return SVC()\n"
        "class Holder:\n    make = staticmethod(make)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return name


@pytest.mark.parametrize("name", ["Mine", "Split", "SVC"])
def test_a_trusted_module_may_offer_classes(module: str, name: str) -> None:
    assert isinstance(resolve_class(f"{module}.{name}", (module,)), type)


@pytest.mark.parametrize(
    "name",
    [
        "Plain",
        "make",
        "value",
        "Popen",
        "system",
        "os.system",
        "np.load",
        "sneaky",
        "_hidden",
        "subprocess.Popen",
        "sklearn.utils.os.system",
        "sklearn.base.pickle.Unpickler",
        "missing",
        "Mine.fit",
        "functools.partial",
        "os",
        "sklearn",
    ],
)
def test_a_trusted_module_does_not_lend_its_trust_to_what_it_imports(
    module: str, name: str
) -> None:
    with pytest.raises(Refusal):
        resolve_class(f"{module}.{name}", (module,))


@pytest.mark.parametrize("name", ["make", "Mine", "Holder.make"])
def test_a_trusted_module_may_offer_functions(module: str, name: str) -> None:
    assert callable(resolve_function(f"{module}:{name}", (module,)))


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "system",
        "sneaky",
        "np.load",
        "subprocess.Popen",
        "Popen",
        "value",
        "_hidden",
        "load_digits",
        "missing",
        "sklearn.utils.os.system",
        "os",
        "make.__globals__",
        "make()",
    ],
)
def test_a_function_must_be_defined_in_a_trusted_package(module: str, name: str) -> None:
    with pytest.raises(Refusal):
        resolve_function(f"{module}:{name}", (module,))


@pytest.mark.parametrize("target", ["os:system", "sklearn.datasets:load_digits", "json:loads"])
def test_an_untrusted_function_is_refused_with_the_flag_to_trust_it(target: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_target(target, ("mine",))
    assert caught.value.untrusted
    assert (
        f"--trust {target.split(':', maxsplit=1)[0].split('.', maxsplit=1)[0]}"
        in caught.value.remedy
    )


def test_a_prefix_of_a_trusted_name_is_not_trusted(module: str) -> None:
    for other in (f"{module}2.Mine", module[:-1] + ".Mine"):
        with pytest.raises(Refusal) as caught:
            check_class(other, (module,))
        assert caught.value.untrusted


def test_an_import_that_fails_is_told_from_one_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaks_here.py").write_text("1 / 0")
    (tmp_path / "exits_here.py").write_text("raise SystemExit(3)")
    (tmp_path / "lacks_here.py").write_text("import not_installed_anywhere")
    monkeypatch.syspath_prepend(tmp_path)
    for name, message in (
        ("breaks_here", "raised ZeroDivisionError"),
        ("exits_here", "raised SystemExit"),
        ("lacks_here", "No module named 'not_installed_anywhere'"),
        ("not_here_at_all", "there is no module 'not_here_at_all'"),
    ):
        with pytest.raises(Refusal, match=message):
            resolve_function(f"{name}:f", (name,))


@pytest.mark.parametrize("package", ["a.b", "", "a b", "../x", "class", 5, None])
def test_only_the_name_of_a_package_can_be_trusted(package: object) -> None:
    assert wrong_package_name(package) is not None
    assert wrong_package_name("xgboost") is None
