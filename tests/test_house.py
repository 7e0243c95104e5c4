"""Structure of the repository: where files are, which imports are allowed, rules for every file."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version

import pytest

import metrics
from dashboard.analysis import cache
from dashboard.session.choices import Choices
from metrics import Scenario
from tests.repository import ROOT, files

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
SHIPPED = ("dashboard", "metrics", "sample_data")
LOCKS = (".ci/locks/run.txt", ".ci/locks/dev.txt", ".ci/locks/spark.txt")
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


def source(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[str]:
    return [n for n in files() if n.split("/")[0] in folders and n.endswith(suffixes)]


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def names_used(name: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything that a file imports or accesses as an attribute."""
    for node in ast.walk(tree(name)):
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
        for name in source(folder.split("/")[0])
        if name.startswith(f"{folder}/") and name != but
        for line, used in names_used(name)
        if re.fullmatch(pattern, used)
    ]


def requirements(lock: str) -> dict[str, set[str]]:
    """Pinned versions of each distribution in a lock; several if they differ by version of Python."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line):
            pins.setdefault(found[1].lower(), set()).add(found[2])
    return pins


def test_the_top_folder_has_only_these_entries() -> None:
    assert {name.split("/")[0] for name in files()} == TOP


def test_no_module_of_the_app_hides_a_package() -> None:
    """Streamlit puts the folder of its script first on the path."""
    inside = {re.sub(r"\.py$", "", name.split("/")[1]) for name in source("dashboard")}
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


def test_streamlits_caches_are_not_used() -> None:
    assert names_matching("dashboard", "cache_data|cache_resource") == []


CONVERSIONS = ("repr", "str", "dumps", "format", "list", "dict", "set", "asdict")
"""Functions that turn a value into text or into something mutable."""


def test_cache_keys_are_frozen_values() -> None:
    """Keys have the fingerprint of the data and other frozen values, but no text made from a value."""
    keys = [
        (name, node)
        for name in source("dashboard")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func))
        in ("Key", "keyed", "shared")
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
    assert [
        name for name in source("dashboard") if "lru_cache" in dict(names_used(name)).values()
    ] == []


@pytest.mark.parametrize("value", [cache.Key, Scenario, Choices])
def test_values_in_cache_keys_are_frozen(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert value.__hash__ is not None


def test_analysis_and_words_import_neither_streamlit_nor_plotly() -> None:
    """The contract of imports does not see imports inside of other packages."""
    rooms = re.compile("/(analysis|words)/")
    modules = [
        n.removesuffix(".py").replace("/", ".") for n in source("dashboard") if rooms.search(n)
    ]
    program = f"""
import importlib, sys
for name in {modules}: importlib.import_module(name)
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"plotly", "streamlit"}}))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SCRIPTS = "dashboard/live/"
SVG = "http://www.w3.org/2000/svg"
# Functions that turn text, such as a name in a file, into markup or code.
FROM_TEXT = (
    r"\b(eval|new Function|\w+HTML\w*|document\.write(ln)?|srcdoc|createContextualFragment)\b"
)


def texts_of_files(*suffixes: str) -> dict[str, str]:
    """Texts that are sent to the browser."""
    names = source("dashboard", suffixes=suffixes)
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names}


def matches_in(texts: dict[str, str], pattern: str) -> list[tuple[str, str]]:
    return [(name, hit[0]) for name, text in texts.items() for hit in re.finditer(pattern, text)]


def test_scripts_and_styles_name_no_other_server() -> None:
    texts = texts_of_files(".js", ".css")
    assert texts
    addresses = matches_in(texts, r"\b\w+://[^\s\"'`)]*|[\"'`(]//\w[^\s\"'`)]*")
    assert [(name, address) for name, address in addresses if address != SVG] == []


def test_a_per_cent_has_no_space_before_it() -> None:
    texts = (path for path in (ROOT / "dashboard").rglob("*") if path.suffix in (".py", ".md"))
    spaced = re.compile(r"\d[ \u00a0]%(?! ?[a-z(])|(SPACE|NO-BREAK SPACE)\}%|\} %[ ,;.)\"]")
    assert [path.name for path in texts if spaced.search(path.read_text(encoding="utf-8"))] == []


def test_selectors_after_has_match_few_elements() -> None:
    sheet = (ROOT / "dashboard/theme.css").read_text(encoding="utf-8")
    has = r":has\((?:[^()]|\([^()]*\))*\)[^\s,>+~{]*"
    below = re.findall(rf"{has}\s*[\s>+~]\s*([^,{{]+)", sheet)
    assert len(below) > 3  # otherwise nothing was checked
    few = (".", ":is(.", "[data-st-overlay-root]")
    assert [words for words in below if not words.startswith(few)] == []


def test_no_script_turns_text_into_markup_or_code() -> None:
    assert matches_in(texts_of_files(".js"), FROM_TEXT) == []
    assert matches_in(texts_of_files(".js"), r"\bset(Timeout|Interval)\(\s*[\"'`]") == []


def scripts_named(text: str) -> list[str]:
    """Neighbouring scripts that a script imports."""
    return re.findall(r"(?:\bfrom|\bimport)\s*\(?\s*[\"'`]\./([^\"'`]+)[\"'`]", text)


def test_every_script_of_the_decide_page_is_imported() -> None:
    scripts = {
        name.removeprefix(SCRIPTS): text
        for name, text in texts_of_files(".js").items()
        if name.startswith(SCRIPTS)
    }
    component = tree(f"{SCRIPTS}component.py")
    arguments = {
        keyword.arg: ast.literal_eval(keyword.value)
        for node in ast.walk(component)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "js"
    }
    reached: set[str] = set()
    waiting = [arguments["js"]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += scripts_named(scripts[name])
    assert reached == set(scripts)


def test_no_file_names_a_package_host() -> None:
    named = [
        (name, host)
        for name in files()
        for host in HOSTS
        if host.encode() in (ROOT / name).read_bytes().lower()
    ]
    assert named == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.sub(r"\\\n", " ", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    assert entries
    pin = re.compile(r"[a-z0-9.-]+==[^ ;]+( ; [^-]*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [entry for entry in entries if not pin.fullmatch(entry)] == []


def test_packages_are_installed_as_wheels() -> None:
    """Packages install as wheels, because a build runs code of the package. PySpark has no wheel."""
    scripts = [
        (ROOT / name).read_text(encoding="utf-8") for name in files() if name.endswith(".sh")
    ]
    installs = [
        line for text in scripts for line in text.splitlines() if "--require-hashes" in line
    ]
    assert len(installs) == 2
    assert [line for line in installs if "--only-binary :all:" not in line] == []
    assert [hit for line in installs for hit in re.findall(r"--no-binary (\S+)", line)] == [
        "pyspark"
    ]


def test_the_locks_hold_all_requirements_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    to_run = project["project"]["dependencies"] + groups["build"]
    to_test = to_run + [entry for entry in groups["dev"] if isinstance(entry, str)]
    on_spark = (
        project["project"]["dependencies"] + project["project"]["optional-dependencies"]["spark"]
    )
    run, dev, spark = (requirements(lock) for lock in LOCKS)
    for wanted, pins in ((to_run, run), (to_test, dev), (on_spark, spark)):
        assert [w for w in wanted if re.split("[<>=~! ]", w)[0] not in pins] == []
    assert {name: dev.get(name) for name in run} == run
    assert {name: dev[name] for name in spark if name in dev} == {
        name: pins for name, pins in spark.items() if name in dev
    }


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
        for name in source(*SHIPPED)
        for node in ast.walk(tree(name))
        for module in imported(node)
        if module.split(".")[0] not in known
    ]
    assert strange == []


PRIVATE_ATTRIBUTES = {"st.runtime", "st.delta_generator", "st.elements", "st.proto", "st.web"}
INTERNALS = "dashboard/server/streamlit_internals.py"
"""Only module that may use internals of Streamlit, which may change."""


def test_only_one_module_uses_streamlits_internals() -> None:
    """The version of Streamlit is capped. Try that module with a newer Streamlit before raising the cap."""
    users = {
        name
        for name in source("dashboard")
        for node in ast.walk(tree(name))
        if any(module.startswith("streamlit.") for module in imported(node))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in PRIVATE_ATTRIBUTES)
    }
    assert users == {INTERNALS}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [asked] = [entry for entry in project["dependencies"] if entry.startswith("streamlit")]
    major, minor, *_ = version("streamlit").split(".")
    assert asked == f"streamlit>={major}.{minor},<{major}.{int(minor) + 1}"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def public(name: str) -> Iterator[tuple[str, str, set[str]]]:
    """Location, docstring and parameters of a module, its public functions and classes, and their methods."""
    module = tree(name)
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


def documented(docstring: str) -> set[str]:
    """Names in the Parameters section of a numpydoc docstring; empty without such a section."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-+$|\Z)", docstring, re.M | re.S)
    heads = re.findall(r"^([*\w][^:\n]*?)(?: *:.*)?$", section[1], re.M) if section else []
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


MODULES = [name for name in source("metrics") if not name.split("/")[-1].startswith("_")]


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_in_metrics_is_documented(module: str) -> None:
    assert [where for where, docstring, _ in public(module) if not docstring] == []


@pytest.mark.parametrize("module", MODULES)
def test_parameters_are_documented_under_their_names(module: str) -> None:
    """A short docstring may leave parameters out, but a section of parameters is complete."""
    wrong = {
        where: sorted(documented(docstring) ^ given)
        for where, docstring, given in public(module)
        if given and documented(docstring) not in (set(), given)
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
