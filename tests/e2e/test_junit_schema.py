"""JUnit reports against the schema that Jenkins publishes, and read by one who consumes them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from sklpar.render import RenderOptions
from sklpar.render.verdicts import VERDICTS
from tests.unit.verdicts import every_verdict

pytestmark = pytest.mark.e2e

EVERY = every_verdict()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schema, out of pytest's own source distribution, where it lies for pytest's tests."""
    folder = tmp_path_factory.mktemp("junit")
    wanted = f"pytest=={pytest.__version__}"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", "--quiet"]
    flags = ["--no-deps", "--no-binary", "pytest", "--dest", str(folder)]
    try:
        subprocess.run(
            [*pip, "download", *flags, wanted],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{wanted} could not be downloaded within 120 s")
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        pytest.skip(f"{wanted} could not be downloaded: {said[-1] if said else error}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        (member,) = (one for one in packed.getmembers() if one.name.endswith("/junit-10.xsd"))
        content = packed.extractfile(member)
        assert content is not None
        path = folder / "junit-10.xsd"
        path.write_bytes(content.read())
    return path


def test_every_report_is_valid_by_the_schema(schema: Path) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    validator = xmlschema.XMLSchema(str(schema))
    for name, of in EVERY.items():
        report = VERDICTS["junit"](of, RenderOptions())
        assert not [str(one) for one in validator.iter_errors(report)], name
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        validator.validate("<testsuites><testsuite/></testsuites>")


def test_a_consumer_reads_what_the_command_says(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser")
    path = tmp_path / "report.xml"
    for name, of in EVERY.items():
        path.write_text(VERDICTS["junit"](of, RenderOptions()), encoding="utf-8")
        (suite,) = junitparser.JUnitXml.fromfile(str(path))
        red = [
            case
            for case in suite
            if any(isinstance(one, junitparser.Failure | junitparser.Error) for one in case.result)
        ]
        assert bool(red) == (of.exit_code != 0), name
        assert len(red) == suite.failures + suite.errors, name
        assert len(list(suite)) == suite.tests, name
