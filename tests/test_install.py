"""Tests that the installed wheel opens the sample from any folder."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.repository import ROOT, files
from tests.running import clean_environment, running_app

SHIPPED = ("dashboard", "metrics", "sample_data")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"),
        *("--no-build-isolation", "--wheel-dir", folder, ROOT),
        cwd=folder,
    )
    [built] = folder.glob("common_ground_dashboard-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """New environment with the wheel and the libraries of this environment, without this checkout."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-index", "--no-deps", wheel),
        cwd=folder,
    )
    # The libraries are added after the installation, because pip would find the editable install among them.
    # Python itself ignores .pth files in a folder that a .pth file names, so it does not find this checkout.
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = run(python, "-c", where, cwd=folder)
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(site_packages.strip()) / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n")
    return folder


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert "dashboard/.streamlit/config.toml" in names
    assert names == {name for name in files() if name.split("/")[0] in SHIPPED}


def test_the_installed_sample_opens_from_another_folder(environment: Path, tmp_path: Path) -> None:
    python = environment / "bin" / "python"
    homes = "import {0} as m, pathlib; print(pathlib.Path(m.__file__).resolve())"
    for package in SHIPPED:
        home = Path(run(python, "-c", homes.format(package), cwd=tmp_path).strip())
        assert home.is_relative_to(environment.resolve())
    sample = run(python, "-c", "import sample_data; print(sample_data.SCORES)", cwd=tmp_path)
    opener = str(environment / "bin" / "common-ground")
    command = [opener, "open", sample.strip(), "--port", "{port}"]
    with running_app(command, cwd=tmp_path) as url:
        assert url.startswith("http://127.0.0.1:")
    assert list(tmp_path.iterdir()) == []
