"""Docstrings of everything public in the library, and of the parameters of its functions."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

import metrics
from tests.repository import source_files, syntax_tree

MODULES = [name for name in source_files("metrics") if not name.split("/")[-1].startswith("_")]


def public_members(name: str) -> Iterator[tuple[str, str, set[str]]]:
    """Location, docstring and parameters of a module, its public functions and classes, and their methods."""
    module = syntax_tree(name)
    yield name, ast.get_docstring(module) or "", set()
    offered = [node for node in module.body if not getattr(node, "name", "_").startswith("_")]
    methods = [node for kind in offered if isinstance(kind, ast.ClassDef) for node in kind.body]
    for node in [*offered, *methods]:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield (
            f"{name}:{node.lineno} {node.name}",
            ast.get_docstring(node) or "",
            parameters_of(node),
        )


def parameters_of(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Parameters of a function or of a class's constructor; empty for a dataclass."""
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        return parameters_of(made[0]) if made else set()
    given = node.args
    every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return {argument.arg for argument in every if argument} - {"self", "cls"}


def documented_parameters(docstring: str) -> set[str]:
    """Names in the Parameters section of a numpydoc docstring; empty without such a section."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-+$|\Z)", docstring, re.M | re.S)
    heads = re.findall(r"^([*\w][^:\n]*?)(?: *:.*)?$", section[1], re.M) if section else []
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_in_metrics_is_documented(module: str) -> None:
    assert [where for where, docstring, _ in public_members(module) if not docstring] == []


@pytest.mark.parametrize("module", MODULES)
def test_parameters_are_documented_under_their_names(module: str) -> None:
    """A short docstring may leave parameters out, but a section of parameters is complete."""
    wrong = {
        where: sorted(documented_parameters(docstring) ^ given)
        for where, docstring, given in public_members(module)
        if given and documented_parameters(docstring) not in (set(), given)
    }
    assert wrong == {}


def test_the_main_functions_of_the_library_are_documented_in_full() -> None:
    """Every function in ``metrics.__all__`` documents its parameters and its result."""
    offered = {name: getattr(metrics, name) for name in metrics.__all__}
    functions = {name: thing for name, thing in offered.items() if inspect.isfunction(thing)}
    assert functions
    wrong = {}
    for name, function in functions.items():
        asked = inspect.signature(function)
        sections = re.findall(r"^(\w+)\n-+$", inspect.getdoc(function) or "", re.MULTILINE)
        if asked.parameters and "Parameters" not in sections:
            wrong[name] = "Parameters"
        if asked.return_annotation not in {None, "None"} and "Returns" not in sections:
            wrong[name] = "Returns"
    assert wrong == {}
