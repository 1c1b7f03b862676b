"""Emitted settings in the hands of those who will read them, and of a program that runs there.

What each reader made of a file is an environment; the probe is started in it, and tells what it has
of backend, n_jobs and thread pools in its own process and in workers.
"""

from __future__ import annotations

import http.server
import io
import json
import os
import shutil
import socketserver
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sklpar.emit import FORMATS, Pinned
from sklpar.host.threads import THREAD_VARIABLES, thread_environment, thread_variables
from sklpar.model import Caps
from sklpar.spec.pinned import parse_pinned
from tests.e2e.command import environment

pytestmark = pytest.mark.e2e

# An estimator that reports what joblib makes of its n_jobs, and the pools that its workers see.
# Without the emitted module the program decides for itself: once says nothing, then names backends.
SCRIPT = """
import importlib.util, json, os
module = importlib.util.find_spec("parallel_setting")
if module:
    import parallel_setting
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_info

def look(index=0):
    import numpy, sklearn.utils._openmp_helpers
    pools = {"blas": set(), "openmp": set()}
    for pool in threadpool_info():
        pools[pool["user_api"]].add(pool["num_threads"])
    variables = {name: os.environ.get(name) for name in %(names)r}
    return {**{api: sorted(sizes) for api, sizes in pools.items()}, "variables": variables}

class Probe(BaseEstimator):
    def __init__(self, n_jobs=None, depth=1):
        self.n_jobs = n_jobs
        self.depth = depth
    def fit(self, X=None, y=None):
        outer = Parallel(n_jobs=self.n_jobs)
        self.seen_ = {
            "backend": type(outer._backend).__name__,
            "n_jobs": effective_n_jobs(self.n_jobs),
            "nested_none": effective_n_jobs(None),
            "depth": self.depth,
            "process": look(),
            "workers": outer(delayed(look)(index) for index in range(2)),
        }
        return self

if __name__ == "__main__":
    if module:
        with parallel_setting.parallel():
            seen = parallel_setting.configure(Probe()).fit().seen_
    else:
        seen = [Probe().fit().seen_]
        for backend in ("threading", "loky"):
            with parallel_config(backend):
                seen.append(Probe(n_jobs=2).fit().seen_)
    print(json.dumps(seen))
"""


def clean_environment(**extra: str) -> dict[str, str]:
    return {**thread_environment("default", os.environ), **extra}


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment() if env is None else env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def probe(folder: Path) -> list[str | Path]:
    """The command that starts the probe."""
    script = folder / "job.py"
    script.write_text(SCRIPT % {"names": THREAD_VARIABLES}, encoding="ascii")
    return [sys.executable, "-W", "error", script]


# --- python


def run_with(pinned: Pinned, folder: Path, **extra: str) -> Any:
    """What the probe saw in a script that uses the emitted module."""
    (folder / "parallel_setting.py").write_text(FORMATS["python"](pinned), encoding="ascii")
    return json.loads(run(*probe(folder), cwd=folder, env=clean_environment(**extra)).stdout)


@pytest.mark.parametrize(
    ("backend", "shown"),
    [
        ("loky", "LokyBackend"),
        ("threading", "ThreadingBackend"),
        ("multiprocessing", "MultiprocessingBackend"),
    ],
)
def test_the_module_brings_n_jobs_backend_and_caps_into_force(
    backend: str, shown: str, tmp_path: Path
) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend=backend,
        inner_threads=1,
        params={"depth": 3},
        resolved={"n_jobs": 2},
    )
    seen = run_with(pinned, tmp_path, OMP_NUM_THREADS="7")
    assert (seen["backend"], seen["n_jobs"], seen["depth"]) == (shown, 2, 3)
    assert seen["nested_none"] == 1  # n_jobs does not leak into what is nested
    for worker in seen["workers"]:
        assert worker["blas"] == worker["openmp"] == [1]
        assert worker["variables"] == dict.fromkeys(THREAD_VARIABLES, "1")


def test_caps_by_library_reach_loky_workers(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend="loky",
        inner_threads=Caps(blas=1, openmp=2),
        resolved={"n_jobs": 2},
    )
    for worker in run_with(pinned, tmp_path)["workers"]:
        assert worker["variables"]["OPENBLAS_NUM_THREADS"] == "1"
        assert worker["variables"]["OMP_NUM_THREADS"] == "2"


def test_default_removes_what_the_environment_sets(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend="threading",
        inner_threads="default",
        resolved={"n_jobs": 2},
    )
    seen = run_with(pinned, tmp_path, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    assert seen["workers"][0]["variables"] == dict.fromkeys(THREAD_VARIABLES)


def test_as_written_changes_nothing(tmp_path: Path) -> None:
    seen = run_with(Pinned(setting="as-written"), tmp_path, OMP_NUM_THREADS="3")
    assert (seen["n_jobs"], seen["depth"]) == (1, 1)
    assert seen["workers"][0]["variables"]["OMP_NUM_THREADS"] == "3"


def test_a_callable_gets_n_jobs_from_the_config(tmp_path: Path) -> None:
    pinned = Pinned(setting="x", n_jobs=2, backend="threading", inner_threads=1)
    seen = run_with(pinned, tmp_path)
    assert (seen["backend"], seen["n_jobs"]) == ("ThreadingBackend", 2)


def test_serial_is_one_job_of_one_thread(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="serial",
        n_jobs=1,
        backend="sequential",
        inner_threads=1,
        resolved={"n_jobs": 1},
    )
    seen = run_with(pinned, tmp_path)
    assert (seen["backend"], seen["n_jobs"]) == ("SequentialBackend", 1)
    assert seen["process"]["blas"] == seen["process"]["openmp"] == [1]


def test_a_backend_without_n_jobs_leaves_the_program_at_one_job(tmp_path: Path) -> None:
    seen = run_with(Pinned(setting="loky-t1", backend="loky", inner_threads=1), tmp_path)
    assert seen["n_jobs"] == 1
    assert seen["process"]["blas"] == [1]


def test_the_module_warns_where_numpy_came_first(tmp_path: Path) -> None:
    pinned = Pinned(setting="x", backend="threading", inner_threads=1)
    (tmp_path / "parallel_setting.py").write_text(FORMATS["python"](pinned), encoding="ascii")
    done = run(sys.executable, "-c", "import numpy, parallel_setting", cwd=tmp_path)
    assert "RuntimeWarning: numpy was imported before" in done.stderr


# --- what is environment alone

INHERITED = {"OMP_NUM_THREADS": "7", "MKL_NUM_THREADS": "7"}
Reader = Callable[[str, Path], dict[str, str]]


def sourced_by(shell: str, before: str = "") -> Reader:
    """A reader that sources the file and prints its environment."""

    def read(text: str, folder: Path) -> dict[str, str]:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        (folder / "tuned.sh").write_text(text, encoding="ascii")
        show = "import json, os; print(json.dumps(dict(os.environ)))"
        lines = f"set -eu; {before}. ./tuned.sh; exec {sys.executable} -c '{show}'"
        seen = run(shell, "-c", lines, cwd=folder, env=clean_environment(**INHERITED)).stdout
        return {name: value for name, value in json.loads(seen).items() if name in THREAD_VARIABLES}

    return read


class Daemon(http.server.BaseHTTPRequestHandler):
    """As much of a docker daemon as it takes to be told of a container's environment."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:  # what the client begins with
        self.answer({})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body["Env"])  # type: ignore[attr-defined]
        self.answer({"Id": "a", "Warnings": []}, 201)

    def answer(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def docker_daemon() -> Iterator[tuple[str, list[list[str] | None]]]:
    """Listen to docker's client: give the address, and the environments that it asks for."""
    asked: list[list[str] | None] = []
    # Not below tmp_path: the name of a socket may have some 100 characters.
    with (
        tempfile.TemporaryDirectory() as folder,
        socketserver.UnixStreamServer(f"{folder}/d", Daemon) as server,
    ):
        server.asked = asked  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"unix://{folder}/d", asked
        finally:
            server.shutdown()
            thread.join()


def by_docker_run(text: str, folder: Path) -> dict[str, str]:
    if shutil.which("docker") is None:
        pytest.skip("docker's client is not installed")
    (folder / "tuned.env").write_text(text, encoding="ascii")
    with docker_daemon() as (address, asked):
        env = clean_environment(**INHERITED, DOCKER_HOST=address, HOME=str(folder))
        run("docker", "create", "--env-file", "tuned.env", "image", cwd=folder, env=env)
    (variables,) = asked
    return dict(variable.split("=", 1) for variable in variables or ())


def by_dockerfile_parse(text: str, folder: Path) -> dict[str, str]:
    """Read the instruction in the last of three stages, and after each FROM on its own."""
    library = pytest.importorskip("dockerfile_parse")

    def stages(*inside: str) -> list[dict[str, str]]:
        lines = [f"FROM image AS stage{n}\nRUN install\n{one}" for n, one in enumerate(inside)]
        file = io.BytesIO("".join([*lines, 'CMD ["python", "job.py"]\n']).encode())
        parser = library.DockerfileParser(fileobj=file)
        steps = [step["instruction"] for step in parser.structure]
        known = {"FROM", "RUN", "ENV", "CMD", "COMMENT"}
        assert set(steps) <= known, steps
        starts = [n for n, step in enumerate(steps) if step == "FROM"]
        ends = [n - 1 for n in (*starts[1:], len(steps))]
        return [parser.context_structure[end].get_values("env") for end in ends]

    *before, values = stages("", "", text)
    assert before == [{}, {}]
    assert stages(text, "", text) == [values, {}, values]
    return values


def pod(text: str) -> str:
    container = "- name: job\n  image: image\n" + textwrap.indent(text, "  ")
    above = "apiVersion: v1\nkind: Pod\nmetadata: {name: job}\nspec:\n  containers:\n"
    return above + textwrap.indent(container, "  ")


def by_kubernetes_schema(text: str, folder: Path) -> dict[str, str]:
    library = pytest.importorskip("kubernetes_validate")
    document = YAML(typ="safe").load(pod(text))
    library.validate(document, library.latest_version(), strict=True)
    items = document["spec"]["containers"][0]["env"]
    return {item["name"]: item["value"] for item in items}


def by_kubectl(text: str, folder: Path) -> dict[str, str]:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    (folder / "pod.yaml").write_text(pod(text), encoding="ascii")
    done = run("kubectl", "set", "env", "--local", "-f", "pod.yaml", "--list", cwd=folder)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def by_github(text: str, folder: Path) -> dict[str, str]:
    """Put it where a workflow, a job and a step each may have it."""
    file = folder / "workflow.yml"
    job = "jobs:\n  fit:\n    runs-on: ubuntu-latest\n"
    step = "    steps:\n      - run: python job.py\n"
    inside = [textwrap.indent(text, " " * indent) for indent in (0, 4, 8)]
    parts = ["on: push\n", inside[0], job, inside[1], step, inside[2]]
    file.write_text("".join(parts), encoding="ascii")
    schema = ["--builtin-schema", "vendor.github-workflows"]
    run(sys.executable, "-m", "check_jsonschema", *schema, file, cwd=folder)
    workflow = YAML(typ="safe").load(file)
    of_job = workflow["jobs"]["fit"]
    values: dict[str, str] = workflow["env"]
    assert of_job["env"] == of_job["steps"][0]["env"] == values
    return values


READERS: dict[str, tuple[str, Reader]] = {
    "env by sh": ("env", sourced_by("sh", before="set -a; ")),
    "env by docker": ("env", by_docker_run),
    "shell by sh": ("shell", sourced_by("sh")),
    "shell by bash": ("shell", sourced_by("bash")),
    "shell by zsh": ("shell", sourced_by("zsh")),
    "docker": ("docker", by_dockerfile_parse),
    "k8s by schema": ("k8s", by_kubernetes_schema),
    "k8s by kubectl": ("k8s", by_kubectl),
    "github": ("github", by_github),
}
CAPS = Caps(blas=1, openmp=3)  # neither is what an uncapped process has on two or more CPUs
every_reader = pytest.mark.parametrize("reader", READERS)


def read_by(reader: str, pinned: Pinned, folder: Path) -> dict[str, str]:
    format_, read = READERS[reader]
    return read(FORMATS[format_](pinned), folder)


@every_reader
def test_every_reader_gets_all_seven_variables(reader: str, tmp_path: Path) -> None:
    pinned = Pinned(setting="x", n_jobs=2, backend="threading", inner_threads=CAPS)
    assert read_by(reader, pinned, tmp_path) == thread_variables(CAPS)


@every_reader
@pytest.mark.parametrize("setting", ["as-written", "default"])
def test_where_nothing_is_set_every_reader_takes_the_file(
    reader: str, setting: str, tmp_path: Path
) -> None:
    pinned = Pinned(setting="as-written")
    if setting == "default":
        pinned = Pinned(setting="x", n_jobs=2, backend="loky", inner_threads="default")
    # What a shell inherited goes on to its child, unless it is told to unset it.
    shells = {"env by sh", "shell by sh", "shell by bash", "shell by zsh"}
    unset = setting == "default" and reader.startswith("shell")
    stays = INHERITED if reader in shells and not unset else {}
    assert read_by(reader, pinned, tmp_path) == stays


HOSTILE = (
    "$(touch hit) `touch hit` '; touch hit; ' \n ENV OMP_NUM_THREADS=9 \n env: {A: 1} "
    "${{ secrets.A }} \\"
)


@every_reader
def test_names_that_others_gave_do_no_harm(reader: str, tmp_path: Path) -> None:
    hostile = Pinned(
        setting=HOSTILE,
        n_jobs=2,
        backend="loky",
        inner_threads=1,
        params={HOSTILE: HOSTILE},
        resolved={HOSTILE: 2},
        evidence=("syntax=hostile/image", "escape=`", "$(touch hit) ends in a backslash \\"),
    )
    assert read_by(reader, hostile, tmp_path) == thread_variables(1)
    assert not (tmp_path / "hit").exists()


OTHERS = Pinned(
    setting="x", n_jobs=4, backend="multiprocessing", inner_threads=CAPS, params={"depth": 3}
)


@every_reader
def test_backend_and_n_jobs_are_in_no_environment(reader: str, tmp_path: Path) -> None:
    assert read_by(reader, OTHERS, tmp_path) == thread_variables(CAPS)


def test_a_program_there_is_capped_and_keeps_its_own_n_jobs_and_backend(tmp_path: Path) -> None:
    variables = read_by("shell by sh", OTHERS, tmp_path)
    done = run(*probe(tmp_path), cwd=tmp_path, env=clean_environment(**variables))
    by_itself, threads, processes = json.loads(done.stdout)
    assert (by_itself["backend"], by_itself["n_jobs"]) == ("LokyBackend", 1)
    assert (threads["backend"], threads["n_jobs"]) == ("ThreadingBackend", 2)
    assert (processes["backend"], processes["n_jobs"]) == ("LokyBackend", 2)
    for seen in (by_itself, threads, processes):
        assert seen["depth"] == 1
        for place in (seen["process"], *seen["workers"]):
            assert (place["blas"], place["openmp"]) == ([1], [3])
            assert place["variables"] == thread_variables(CAPS)


# --- yaml


def test_the_yaml_reads_back_as_the_setting(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="loky-j2-tblas1-openmp3",
        n_jobs=2,
        backend="loky",
        inner_threads=CAPS,
        params={"depth": 3},
        resolved={"n_jobs": 2},
        evidence=(HOSTILE.replace("\n", " "),),
        fingerprint={"cpu_model": HOSTILE},
    )
    read = parse_pinned(FORMATS["yaml"](pinned), file="tuned.yaml", usable_cpus=2)
    assert (read.setting.n_jobs, read.setting.backend) == (2, "loky")
    assert (read.setting.inner_threads, read.setting.params) == (CAPS, {"depth": 3})
    assert read.resolved == {"n_jobs": "n_jobs"}
    assert read.fingerprint == {"cpu_model": HOSTILE}


def test_a_program_under_exec_has_what_the_yaml_says(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="threading-j2-tblas1-openmp3",
        n_jobs=2,
        backend="threading",
        inner_threads=CAPS,
        resolved={"n_jobs": 2},
    )
    (tmp_path / "tuned.yaml").write_text(FORMATS["yaml"](pinned), encoding="ascii")
    sklpar = [sys.executable, "-P", "-m", "sklpar", "exec", "--quiet", "--config", "tuned.yaml"]
    done = run(*sklpar, "--", *probe(tmp_path), cwd=tmp_path, env=environment())
    unset, threads, processes = json.loads(done.stdout)
    assert (unset["backend"], unset["n_jobs"]) == ("ThreadingBackend", 2)
    assert (processes["backend"], processes["n_jobs"]) == ("LokyBackend", 2)  # it says so itself
    for seen in (unset, threads, processes):
        for place in (seen["process"], *seen["workers"]):
            assert (place["blas"], place["openmp"]) == ([1], [3])
