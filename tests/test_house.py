"""Structure of the repository: its top folder, keys of stored results, and words that no file may have."""

from __future__ import annotations

import ast
import re

import pytest

from dashboard.analysis import cache
from dashboard.session.choices import Choices
from metrics import Scenario
from tests.repository import ROOT, files, source_files, syntax_tree

TOP = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "dashboard",
    "metrics",
    "pyproject.toml",
    "sample_data",
    "tests",
}
# The names are split, so that this file does not contain them itself.
HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "anaconda" + ".org",
    "anaconda" + ".com",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "yarnpkg" + ".com",
    "unpkg" + ".com",
    "jsdelivr" + ".net",
    "cdnjs" + ".cloudflare",
]
CONVERSIONS = ("repr", "str", "dumps", "format", "list", "dict", "set", "asdict")
"""Functions that turn a value into text or into something mutable."""


def test_the_top_folder_has_only_these_entries() -> None:
    assert {name.split("/")[0] for name in files()} == TOP


def test_cache_keys_are_frozen_values() -> None:
    """Keys have the fingerprint of the data and other frozen values, but no text made from a value."""
    keys = [
        (name, node)
        for name in source_files("dashboard")
        for node in ast.walk(syntax_tree(name))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func))
        in ("Key", "shared")
    ]
    assert keys
    wrong = [
        f"{name}:{part.lineno}"
        for name, key in keys
        for argument in [*key.args, *(keyword.value for keyword in key.keywords)]
        for part in ast.walk(argument)
        if isinstance(part, ast.JoinedStr | ast.List | ast.Dict | ast.Set | ast.ListComp)
        or (isinstance(part, ast.Call) and ast.unparse(part.func).split(".")[-1] in CONVERSIONS)
    ]
    assert wrong == []


@pytest.mark.parametrize("value", [cache.Key, Scenario, Choices])
def test_values_in_cache_keys_are_frozen(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert value.__hash__ is not None


def test_a_per_cent_has_no_space_before_it() -> None:
    """All pages, reports and the guide write 75.2% in the same way."""
    texts = (path for path in (ROOT / "dashboard").rglob("*") if path.suffix in (".py", ".md"))
    spaced = re.compile(r"\d[ \u00a0]%(?! ?[a-z(])|(SPACE|NO-BREAK SPACE)\}%|\} %[ ,;.)\"]")
    assert [path.name for path in texts if spaced.search(path.read_text(encoding="utf-8"))] == []


def test_no_file_names_a_package_host() -> None:
    named = [
        (name, host)
        for name in files()
        for host in HOSTS
        if host.encode() in (ROOT / name).read_bytes().lower()
    ]
    assert named == []
