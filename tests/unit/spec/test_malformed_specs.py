"""A few hundred malformed, contradictory and hostile specs: each a SpecError with its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from sklpar.errors import SpecError
from sklpar.spec.loader import parse_spec

JOB = "version: 1\nestimator: LogisticRegression(C=2.0)\ndata: {sklearn: digits}\n"

# What cannot be read as one plain YAML 1.2 document: text, part of the message.
NOT_A_DOCUMENT = [
    ("", "empty"),
    ("   \n\n", "empty"),
    ("# only a comment\n", "empty"),
    ("~", "empty"),
    ("---\n...\n", "empty"),
    ("just text", "map of keys"),
    ("[version, 1]", "map of keys"),
    ("42", "map of keys"),
    ("true", "map of keys"),
    ("- version: 1", "map of keys"),
    ("version: 1\n---\nversion: 1", "second document"),
    ("version: 1\n...\n---\nname: x", "second document"),
    ("version: 1\nversion: 1", "already there, on line 1"),
    ("a: {b: 1, b: 2}", "already there"),
    ("1: a\n1: b", "already there"),
    ("1: a\n1.0: b", "already there"),
    ("a: {b: {c: 1, 'c': 2}}", "already there"),
    ("a: [1, 2", "not valid YAML"),
    ("a: {b: 1", "not valid YAML"),
    ("a: 'open", "not valid YAML"),
    ('a: "open', "not valid YAML"),
    ('a: "\\q"', "not valid YAML"),
    ('a: "\\xZZ"', "not valid YAML"),
    ("a: b: c", "not valid YAML"),
    ("a: @b", "not valid YAML"),
    ("a: `b`", "not valid YAML"),
    ("a: %b", "not valid YAML"),
    ("a:\n\t- b", "not valid YAML"),
    ("a: 1\n b: 2", "not valid YAML"),
    ("  a: 1\nb: 2", "not valid YAML"),
    ("a: ]", "not valid YAML"),
    ("a: }", "not valid YAML"),
    ("a: |3x\n  b", "not valid YAML"),
    ("a: [1,, 2]", "not valid YAML"),
    ("%FOO bar\n%YAML 9.9\n---\na: 1", ""),
    ("%YAML 1.1\n---\na: 1", "only YAML 1.2"),
    ("a: !!str 1", "tag"),
    ("a: !!int 1", "tag"),
    ("a: ! 1", "tag"),
    ("a: !local 1", "tag"),
    ("a: !<tag:yaml.org,2002:int> 1", "tag"),
    ("!!map {a: 1}", "tag"),
    ("a: !!set {b, c}", "tag"),
    ("a: !!omap [b: 1]", "tag"),
    ("a: !!binary aGk=", "tag"),
    ("a: !!timestamp 2024-01-01", "tag"),
    ("!!str a: 1", "tag"),
    ("%TAG ! tag:example.org,2000:\n---\na: !x 1", "tag"),
    ("a: !!python/object/apply:os.system ['id']", "tag"),
    ("a: !!python/object/new:os.system ['id']", "tag"),
    ("a: !!python/name:os.system", "tag"),
    ("a: !!python/module:os", "tag"),
    ("a: !!python/tuple [1]", "tag"),
    ("[!!python/object/apply:os.system [id]]: 1", ""),
    ("<<: {a: 1}", "merge keys"),
    ("a: &x {b: 1}\nc: {<<: *x}", "merge keys"),
    ("a: *missing", "anchor"),
    ("a: &a [*a]", "holds itself"),
    ("a: &a {b: *a}", "holds itself"),
    ("? [a]\n: 1", "a key must be"),
    ("? {a: 1}\n: 1", "a key must be"),
    ("? *x\n: 1", "a key must be"),
    ("~: 1", "cannot be a key"),
    (".nan: 1", "cannot be a key"),
    ("a: 1e999", "too large"),
    ("a: " + "9" * 400, "digits"),
    ("a: " + "[" * 60 + "]" * 60, "deep"),
    ("a: " + "[" * 100_000, "deep"),
    ("a: " + "{b: " * 60, "deep"),
    ("- " * 5_000 + "x", "deep"),
    ("\n".join(" " * i + "a:" for i in range(200)), "deep"),
    ("a: [" + "1," * 20_001 + "]", "more than"),
    ("a: " + "x" * 1_000_001, "larger than"),
    ("a: \x1b[31mred", "control character"),
    ("a: \x00", "control character"),
    ("a: \x07", "control character"),
    ("a: \x7f", "control character"),
    ("a: \u2028", "control character"),
    ("a: \x85", "control character"),
    ('a: "\\e[31m"', "control character"),
    ('a: "\\0"', "control character"),
    ('a: "\\ud800"', "control character"),
    ("a: &a [1,1,1,1,1,1,1,1,1,1]\n"
     + "\n".join(
         f"{b}: &{b} [{','.join(['*' + a] * 10)}]" for a, b in itertools.pairwise("abcdefgh")
     ), "aliases expand"),
]  # fmt: skip

# What is wrong beside a sound job: a line of YAML that is appended, part of the message.
WRONG_SECTIONS = [
    ("nme: x", "did you mean 'name'"),
    ("Estimator: x", "did you mean 'estimator'"),
    ("trust: [xgboost]", "unknown key"),
    ("output: x", "unknown key"),
    ("1: x", "keys must be text"),
    ("true: x", ""),
    ("name: 5", "expected text"),
    ("name: [a]", "expected text"),
    ("name: ''", "200 characters"),
    ('name: "a\\nb"', "200 characters"),
    ("name: " + "x" * 300, "200 characters"),
    ("sweep: 5", "expected a map"),
    ("sweep: [n_jobs]", "expected a map"),
    ("sweep: n_jobs", "expected a map"),
    ("measure: fast", "expected a map"),
    ("objective: cpu", "expected a map"),
    ("limits: 4GB", "expected a map"),
    ("callable: x", "expected a map"),
    *(
        (f"sweep: {{n_jobs: {value}}}", "n_jobs")
        for value in (
            "0", "[0]", "[1, 0]", "true", "[true]", "1.5", "[2.0]", "'2'", "[two]", "all_", "ALL",
            "[]", "[[1]]", "{a: 1}", "[null]", "100000", "-100000", ".inf", ".nan", "2024-01-01",
        )
    ),
    *(
        (f"sweep: {{backend: {value}}}", "backend")
        for value in (
            "trheading", "[loky, trheading]", "Loky", "dask", "[]", "5", "[null]", "true",
            "[[loky]]",             "{loky: 1}", "''", "' loky'", ".nan",
        )
    ),
    *(
        (f"sweep: {{inner_threads: {value}}}", "inner_threads")
        for value in (
            "0", "-1", "[1, 0]", "1.5", "'1'", "true", "Default", "all", "[]", "[null]",
            "{blas: 1}",             "{openmp: 1}",
            "[{blas: 1, openmp: 0}]", "{blas: 1, openmp: x}", "{blas: 1, opnmp: 1}",
            "{blas: 1, openmp: 1, mkl: 1}", "{}", "100000", "{blas: true, openmp: 1}", ".nan",
        )
    ),
    *(
        (f"sweep: {{params: {value}}}", "params")
        for value in (
            "5", "[C]", "{1: [2]}", "{C: []}", "{'a b': [1]}", "{'C.x': [1]}", "{'': [1]}",
            "{memory: [/tmp]}", "{steps__memory: [/tmp]}", "{clf: [{class: 5}]}",
            "{clf: ['SVC(**x)']}", "{clf: [{call: os.system}]}", "{clf: {class: SVC, memory: x}}",
        )
    ),
    ("sweep: {njobs: [1]}", "did you mean 'n_jobs'"),
    ("sweep: {backends: [loky]}", "did you mean 'backend'"),
    ("sweep: {inner_thread: 1}", "did you mean 'inner_threads'"),
    *(
        (f"measure: {{repeats: {value}}}", "repeats")
        for value in ("-1", "1.5", "'1'", "true", "[1]", "{}", "100000000", ".nan", ".inf", "many")
    ),
    *(
        (f"measure: {{rounds: {value}}}", "rounds")
        for value in ("0", "-1", "1.0", "'5'", "false", "[5]", "{}", "100000000", ".nan", "5x")
    ),
    *(
        (f"measure: {{{key}: {value}}}", key)
        for key in ("timeout", "budget")
        for value in (
            "0", "-1", "-1s", "0s", "true", "[1]", "''", "soon", "5 minutes", "5d", "1m2h",
            "1e999s",             ".nan", ".inf", "-.inf", "{}",
            "s", "m", "1.2.3s", "99999999999999", "2024-01-01", "١s",
        )
    ),
    ("measure: {exhaustive: yes}", "true or false"),
    ("measure: {exhaustive: 1}", "true or false"),
    ("measure: {timeot: 1}", "did you mean 'timeout'"),
    ("measure: {round: 1}", "did you mean 'rounds'"),
    *(
        (f"objective: {{minimize: {value}}}", "minimize")
        for value in ("time", "first-fit", "firstfit", "wall", "5", "[fit]", "true", "''", ".nan")
    ),
    *(
        (f"objective: {{within: {value}}}", "within")
        for value in ("5", "-1%", "-0.1", "100%", "1", "five", "[5%]", ".nan", ".inf", "'%'")
    ),
    *(
        (f"objective: {{then: {value}}}", "then")
        for value in ("time", "[cpu, time]", "5", "[null]", "{cpu: 1}", "[[cpu]]", "true")
    ),
    ("objective: {minimise: fit}", "did you mean 'minimize'"),
    ("objective: {minimize: fit}\nmeasure: {repeats: 0}", "makes none"),
    *(
        (f"limits: {{memory: {value}}}", "memory")
        for value in (
            "0", "-1", "0GB", "-1GB", "4.5", "4G", "4 gigabytes", "true", "[4GB]", "''", ".nan",
            ".inf", "GB", "1e9", "99999999999999999999GB", "4GBB", "{}",
        )
    ),
    ("limits: {memry: 4GB}", "did you mean 'memory'"),
    ("limits: {cpu: 1}", "unknown key"),
    *(
        (f"guard: {{{key}: {value}{'}' * ('{' in key)}}}", "guard.")
        for key in ("regret", "threshold", "metrics: {fit", "settings: {serial")
        for value in (
            "10", "1", "-0.1", "-5%", "1001%", "ten", "'%'", "10 percent", "true", "[5%]", ".nan",
            ".inf", "Ignore", "2024-01-01",
        )
    ),
    ("guard: {threshold: ignore}", "expected a percentage"),
    ("guard: {regret: ignore}", "expected a percentage"),
    *(
        (f"guard: {{min_speedup: {value}}}", "min_speedup")
        for value in ("0", "-1", "10001", "1.5 times", "150%", "true", "[1]", ".nan", ".inf", "x")
    ),
    *(
        (f"guard: {{metrics: {value}}}", "guard.metrics")
        for value in ("5", "[fit]", "10%", "{1: 5%}", "{wall: 5%}", "{Fit: 5%}", "{fit: null}")
    ),
    *(
        (f"guard: {{settings: {value}}}", "guard.settings")
        for value in (
            "5", "[serial]", "10%", "{1: 5%}", "{'': 5%}", "{true: 5%}", "{serial: null}",
            "{serial: {wall: 5%}}", "{serial: {fit: null}}", "{serial: {fit: {fit: 5%}}}",
        )
    ),
    ("guard: {allow_inconclusive: yes}", "true or false"),
    ("guard: {thresold: 5%}", "did you mean 'threshold'"),
    ("guard: strict", "expected a map"),
    ("callable: {fit: 'm:f'}", "not both"),
    ("callable: {}", "'fit' is missing"),
    ("callable: {fit: m}", "module:function"),
]  # fmt: skip

ESTIMATORS = [
    ("null", "expected an estimator"),
    ("5", "expected an estimator"),
    ("true", "expected an estimator"),
    ("[SVC]", "expected an estimator"),
    ("{}", "without 'class'"),
    ("{clas: SVC}", "without 'class'"),
    ("{class: null}", "must be the name"),
    ("{class: 5}", "must be the name"),
    ("{class: [SVC]}", "must be the name"),
    ("{class: ''}", "must be the name"),
    ("{class: SVC(C=1)}", "is a call"),
    ("{class: SVC, 1: 2}", "not the name of a parameter"),
    ("''", "not a constructor call"),
    ("'svc'", "not a constructor call"),
    ("'age (years)'", "not a literal"),
    ("'SVC('", "not a constructor call"),
    ("'SVC)'", "not a constructor call"),
    ("'SVC();SVC()'", "not a constructor call"),
    ("'SVC() if True else SVC()'", "not a constructor call"),
    ("'1 + 1'", "not a constructor call"),
    ("'SVC(C=1 + 1)'", "not a literal"),
    ("'SVC(C=x)'", "not a literal"),
    ("'SVC(C=np.inf)'", "not a literal"),
    ("'SVC(C=[i for i in x])'", "not a literal"),
    ("'SVC(C=lambda: 1)'", "not a literal"),
    ("'SVC(C=b\"x\")'", "not a literal"),
    ("'SVC(C=1j)'", "not a literal"),
    ("'SVC(C=...)'", "not a literal"),
    ("'SVC(C=f\"{1}\")'", "not a literal"),
    ("'SVC(C={1, 2})'", "not a literal"),
    ("'SVC(C={**x})'", "keys of a map"),
    ("'SVC(C={[1]: 2})'", "keys of a map"),
    ("'SVC(C=-x)'", "not a literal"),
    ("'SVC(C=not True)'", "not a literal"),
    ("'SVC(C=(yield))'", "not a literal"),
    ("'SVC(C=(x := 1))'", "not a literal"),
    ("'SVC(*[1])'", "not allowed"),
    ("'SVC(**{})'", "not allowed"),
    ("'SVC(C=1, C=2)'", ""),
    ("'SVC()()'", "only a class"),
    ("'(lambda: 1)()'", "only a class"),
    ("'SVC().fit()'", "only a class"),
    ("'[SVC][0]()'", "only a class"),
    ("'SVC(" + "[" * 50 + "]" * 50 + ")'", "too deep"),
    ("'SVC(" + "-" * 5000 + "1)'", ""),
    ("'SVC(" + "1," * 6000 + ")'", "too long"),
    ("'SVC(C=" + "9" * 5000 + ")'", ""),
    ("{class: SVC, memory: /tmp}", "cached fit"),
    ("{class: Pipeline, memory: x, steps: {a: SVC}}", "cached fit"),
    ('\'Pipeline([("a", SVC())], memory="x")\'', "cached fit"),
    ("{class: GridSearchCV, estimator: SVC, param_grid: {memory: [x]}}", "cached fit"),
    ("{class: GridSearchCV, estimator: SVC, param_grid: {a__memory: [null, x]}}", "cached fit"),
    ('\'GridSearchCV(SVC(), {"memory": ["x"]})\'', "cached fit"),
    ("{class: GridSearchCV, estimator: svc}", "not a constructor call"),
    ("{class: GridSearchCV, estimator: 'SVC(x)'}", "not a literal"),
    ("{class: Pipeline, steps: [SVC()]}", "a name and an object"),
    ("{class: Pipeline, steps: [{class: SVC}]}", "a name and an object"),
    ("{class: Pipeline, steps: [{a: SVC, b: SVC}]}", "a name and an object"),
    ("{class: Pipeline, steps: [[a, SVC, b]]}", "a name and an object"),
    ("{class: Pipeline, steps: {a: 5}}", "expected an estimator"),
    ("{class: Pipeline, steps: {a: [SVC]}}", "expected an estimator"),
    ("{class: ColumnTransformer, transformers: [a]}", "a transformer and its columns"),
    ("{class: ColumnTransformer, transformers: {a: SVC}}", "a transformer and its columns"),
    ("{class: ColumnTransformer, transformers: {a: {class: SVC}}}", "and its columns"),
    ("{class: ColumnTransformer, transformers: [[a, PCA]]}", "and its columns"),
    ("{class: ColumnTransformer, transformers: {a: {class: PCA, columns: 1.5}}}", "no columns"),
    ("{class: ColumnTransformer, transformers: {a: {class: PCA, columns: []}}}", "no columns"),
    ("{class: ColumnTransformer, transformers: {a: {class: PCA, columns: {}}}}", "select by"),
    ("{class: ColumnTransformer, transformers: {a: {class: PCA, columns: {dtyp: x}}}}", "unknown"),
    ("{class: ColumnTransformer, transformers: {a: {transformer: drop, colums: [a]}}}", ""),
    ("{class: ColumnTransformer, transformers: {a: {transformer: drop, columns: a, b: c}}}", ""),
    ("{call: os.system}", "module:function"),
    ("{call: 5}", "module:function"),
    ("{call: 'a:b:c'}", "module:function"),
    ("{call: ':f'}", "module:function"),
    ("{call: 'm:'}", "module:function"),
    ("{call: 'm:_f'}", "module:function"),
    ("{call: '_m:f'}", "module:function"),
    ("{call: 'm.__init__:f'}", "module:function"),
    ("{call: '../m:f'}", "module:function"),
    ("{call: 'm:f()'}", "module:function"),
    ("{call: 'm:f', args: [1]}", "keyword arguments"),
    ("{call: 'm:f', args: {1: 2}}", "keyword arguments"),
    ("{call: 'm:f', kwargs: {}}", "unknown key"),
]

DATA = [
    ("null", "expected a map"),
    ("5", "expected a map"),
    ("digits", "expected a map"),
    ("[sklearn]", "expected a map"),
    ("{}", "found none"),
    ("{sklern: digits}", "did you mean 'sklearn'"),
    ("{sklearn: digits, path: x.csv}", "found sklearn and path"),
    ("{sklearn: digits, synthetic: moons, path: x.csv, call: 'm:f'}", "exactly one"),
    ("{sklearn: digit}", "did you mean 'digits'"),
    ("{sklearn: load_iris}", "did you mean 'iris'"),
    ("{sklearn: covtype}", "choose one of"),
    ("{sklearn: fetch_openml}", "choose one of"),
    ("{sklearn: 5}", "not a data set"),
    ("{sklearn: [iris]}", "not a data set"),
    ("{sklearn: null}", "not a data set"),
    ("{sklearn: files}", "not a data set"),
    ("{synthetic: clasification}", "did you mean 'classification'"),
    ("{synthetic: make_moons}", "did you mean 'moons'"),
    ("{synthetic: spd_matrix}", "not a generator"),
    ("{synthetic: null}", "not a generator"),
    ("{synthetic: {a: 1}}", "not a generator"),
    ("{synthetic: moons, seed: -1}", "seed"),
    ("{synthetic: moons, seed: x}", "seed"),
    ("{synthetic: moons, seed: true}", "seed"),
    ("{synthetic: moons, seed: 99999999999}", "seed"),
    ("{synthetic: moons, seed: 1, random_state: 1}", "two names"),
    ("{synthetic: moons, 1: 2}", "unknown key"),
    ("{path: null}", "local file"),
    ("{path: ''}", "local file"),
    ("{path: 5}", "local file"),
    ("{path: [a.csv]}", "local file"),
    ("{path: x}", "suffix"),
    ("{path: x.txt}", "suffix"),
    ("{path: x.xlsx}", "suffix"),
    ("{path: /dev/zero}", "suffix"),
    ("{path: x.pkl}", "pickle"),
    ("{path: x.joblib}", "pickle"),
    ("{path: 'https://example.org/x.csv'}", "address"),
    ("{path: 's3://bucket/x.parquet'}", "address"),
    ("{path: x.csv, taget: y}", "did you mean 'target'"),
    ("{path: x.csv, args: {}}", "unknown key"),
    ("{path: x.csv, target: 3}", "name of a column"),
    ("{path: x.csv, target: []}", "name of a column"),
    ("{path: x.csv, groups: [a]}", "name of a column"),
    ("{path: x.csv, target: a, groups: a}", "both"),
    ("{path: x.npy, target: y}", "column index"),
    ("{path: x.npy, target: true}", "column index"),
    ("{path: x.npz, target: 1}", "must be a key"),
    ("{path: x.svm, target: y}", "its own target"),
    ("{path: x.svm, groups: g}", "its own target"),
    ("{path: x.csv, mmap: r}", "npy files"),
    ("{path: x.npy, mmap: w+}", "one mode is r"),
    ("{path: x.npy, mmap: true}", "one mode is r"),
    ("{path: x.csv, sample: 0}", "sample"),
    ("{path: x.csv, sample: -5}", "sample"),
    ("{path: x.csv, sample: 0.5}", "sample"),
    ("{path: x.csv, sample: 10%}", "sample"),
    ("{path: x.csv, sample: true}", "sample"),
    ("{call: f}", "module:function"),
    ("{call: null}", "module:function"),
    ("{call: 'm:f', args: 5}", "keyword arguments"),
    ("{call: 'm:f', arg: {}}", "did you mean 'args'"),
]

JOBS = [
    ("version: 1", "nothing to fit"),
    ("version: 1\nname: x", "nothing to fit"),
    ("version: 1\nestimator: SVC", "needs data"),
    ("version: 1\ndata: {sklearn: digits}", "need an estimator"),
    ("estimator: SVC\ndata: {sklearn: digits}", "'version' is missing"),
    ("version: 1\ncallable: {fit: 'm:f'}\ndata: {sklearn: digits}", "not both"),
    ("version: 1\ncallable: {fit: 'm:f'}\nestimator: SVC", "not both"),
    ("version: 1\ncallable: null", ""),
    ("version: 1\ncallable: {setup: 'm:f'}", "'fit' is missing"),
    ("version: 1\ncallable: {fit: 'm:f', setup: 5}", "module:function"),
    ("version: 1\ncallable: {fit: 'm:f', args: [1]}", "keyword arguments"),
    ("version: 1\ncallable: {fit: 'm:f', arg: {}}", "did you mean 'args'"),
    ("version: 1\ncallable: {fit: 'm:f'}\nsweep: {params: {a: [1]}}", "no set_params"),
    *(
        (f"version: {value}\nestimator: SVC\ndata: {{sklearn: digits}}", "reads version 1")
        for value in ("2", "99", "0", "-1", "'1'", "1.0", "true", "null", "[1]", "latest")
    ),
]


def _all_specs() -> Iterator[tuple[str, str]]:
    yield from NOT_A_DOCUMENT
    yield from JOBS
    for line, message in WRONG_SECTIONS:
        yield JOB + line, message
    for estimator, message in ESTIMATORS:
        yield f"version: 1\nestimator: {estimator}\ndata: {{sklearn: digits}}\n", message
    for data, message in DATA:
        yield f"version: 1\nestimator: SVC\ndata: {data}\n", message


SPECS = list(_all_specs())


def test_there_are_a_few_hundred_of_them() -> None:
    assert len(SPECS) > 350


@pytest.mark.parametrize(("text", "message"), SPECS, ids=[f"{i}" for i in range(len(SPECS))])
def test_a_bad_spec_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, file="bad.yaml")
    shown = str(caught.value)
    assert message in shown
    assert len(shown) < 20_000
    too_large = "larger than" in shown
    assert all(problem.line > 0 and problem.column > 0 for problem in caught.value.problems) or (
        too_large
    )
    assert shown.replace("\n", "").isprintable()


def test_thousands_of_problems_do_not_flood_the_terminal() -> None:
    with pytest.raises(SpecError, match="and 948 more problems") as caught:
        parse_spec("a: 1\n" * 999, file="bad.yaml")
    assert len(caught.value.problems) == 51


def test_all_problems_are_reported_at_once() -> None:
    text = (
        "version: 3\nestimator: {class: Pipeline, steps: [SVC()]}\ndata: {sklearn: digit}\n"
        "sweep: {n_jobs: [0], backend: [x]}\nmeasure: {rounds: 0}\nlimits: {memory: 1}\nnme: a\n"
    )
    with pytest.raises(SpecError) as caught:
        parse_spec(text, file="bad.yaml")
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3, 4, 4, 5, 7]
    assert "bad.yaml:4:18: sweep.n_jobs.0: n_jobs cannot be 0" in str(caught.value)
