"""Imports and names that only some modules may use, and requirements for every import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version

from tests.repository import ROOT, source_files, syntax_tree

SHIPPED = ("dashboard", "metrics", "sample_data")
PRIVATE_ATTRIBUTES = {"st.runtime", "st.delta_generator", "st.elements", "st.proto", "st.web"}
INTERNALS = "dashboard/server/streamlit_internals.py"
"""Only module that may use internals of Streamlit, which may change."""


def names_used(name: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a file imports or accesses as an attribute."""
    for node in ast.walk(syntax_tree(name)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def names_matching(folder: str, pattern: str, *, but: str = "") -> list[str]:
    return [
        f"{name}:{line}: {used}"
        for name in source_files(folder.split("/")[0])
        if name.startswith(f"{folder}/") and name != but
        for line, used in names_used(name)
        if re.fullmatch(pattern, used)
    ]


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def test_no_module_of_the_app_hides_a_package() -> None:
    """Streamlit puts the folder of its script first on the path."""
    inside = {re.sub(r"\.py$", "", name.split("/")[1]) for name in source_files("dashboard")}
    assert inside.isdisjoint(SHIPPED)


def test_only_one_module_uses_the_session_state() -> None:
    assert (
        names_matching(
            "dashboard",
            "session_state|(experimental_)?.*query_params",
            but="dashboard/session/session.py",
        )
        == []
    )


def test_helpers_of_several_tests_are_in_modules_without_tests() -> None:
    assert names_matching("tests", r"tests\..*\btest_\w+") == []


def test_neither_streamlits_caches_nor_lru_cache_are_used() -> None:
    """Results are stored in `dashboard.analysis.cache`, whose memory is bounded for all sessions together."""
    assert names_matching("dashboard", "cache_data|cache_resource|lru_cache") == []


def test_analysis_and_words_import_neither_streamlit_nor_plotly() -> None:
    """The contract of imports does not see imports inside of other packages."""
    rooms = re.compile("/(analysis|words)/")
    modules = [
        n.removesuffix(".py").replace("/", ".")
        for n in source_files("dashboard")
        if rooms.search(n)
    ]
    program = f"""
import importlib, sys
for name in {modules}: importlib.import_module(name)
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"plotly", "streamlit"}}))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_imported_package_is_a_requirement() -> None:
    """A package that is only a requirement of another package may disappear with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [entry for extra in project["optional-dependencies"].values() for entry in extra]
    asked = {re.split("[<>=~! ]", entry)[0] for entry in [*project["dependencies"], *extras]}
    known = {
        *(name.replace("-", "_") for name in asked),
        "sklearn" if "scikit-learn" in asked else "",
        "jwt" if "pyjwt" in asked else "",
        "pptx" if "python-pptx" in asked else "",
        "PIL" if "pillow" in asked else "",
        *SHIPPED,
        *sys.stdlib_module_names,
    }
    strange = [
        (name, module)
        for name in source_files(*SHIPPED)
        for node in ast.walk(syntax_tree(name))
        for module in imported(node)
        if module.split(".")[0] not in known
    ]
    assert strange == []


def test_only_one_module_uses_streamlits_internals() -> None:
    """The version of Streamlit is capped. Try that module with a newer Streamlit before raising the cap."""
    users = {
        name
        for name in source_files("dashboard")
        for node in ast.walk(syntax_tree(name))
        if any(module.startswith("streamlit.") for module in imported(node))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in PRIVATE_ATTRIBUTES)
    }
    assert users == {INTERNALS}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [asked] = [entry for entry in project["dependencies"] if entry.startswith("streamlit")]
    major, minor, *_ = version("streamlit").split(".")
    assert asked == f"streamlit>={major}.{minor},<{major}.{int(minor) + 1}"
