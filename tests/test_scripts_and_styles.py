"""Scripts and styles that are sent to the browser: addresses, markup from text, imports, selectors."""

from __future__ import annotations

import ast
import re

from tests.repository import ROOT, source_files, syntax_tree

SCRIPTS = "dashboard/live/"
SVG = "http://www.w3.org/2000/svg"
# Functions that turn text, such as a name in a file, into markup or code.
FROM_TEXT = (
    r"\b(eval|new Function|\w+HTML\w*|document\.write(ln)?|srcdoc|createContextualFragment)\b"
)


def texts_of_files(*suffixes: str) -> dict[str, str]:
    """Texts that are sent to the browser."""
    names = source_files("dashboard", suffixes=suffixes)
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names}


def matches_in(texts: dict[str, str], pattern: str) -> list[tuple[str, str]]:
    return [(name, hit[0]) for name, text in texts.items() for hit in re.finditer(pattern, text)]


def scripts_named(text: str) -> list[str]:
    """Neighbouring scripts that a script imports."""
    return re.findall(r"(?:\bfrom|\bimport)\s*\(?\s*[\"'`]\./([^\"'`]+)[\"'`]", text)


def test_scripts_and_styles_name_no_other_server() -> None:
    texts = texts_of_files(".js", ".css")
    assert texts
    addresses = matches_in(texts, r"\b\w+://[^\s\"'`)]*|[\"'`(]//\w[^\s\"'`)]*")
    assert [(name, address) for name, address in addresses if address != SVG] == []


def test_selectors_after_has_match_few_elements() -> None:
    """The browser matches these elements again at every change of the page, as during a drag."""
    sheet = (ROOT / "dashboard/theme.css").read_text(encoding="utf-8")
    has = r":has\((?:[^()]|\([^()]*\))*\)[^\s,>+~{]*"
    below = re.findall(rf"{has}\s*[\s>+~]\s*([^,{{]+)", sheet)
    assert len(below) > 3  # otherwise nothing was checked
    few = (".", ":is(.", "[data-st-overlay-root]")
    assert [words for words in below if not words.startswith(few)] == []


def test_no_script_turns_text_into_markup_or_code() -> None:
    assert matches_in(texts_of_files(".js"), FROM_TEXT) == []
    assert matches_in(texts_of_files(".js"), r"\bset(Timeout|Interval)\(\s*[\"'`]") == []


def test_every_script_of_the_decide_page_is_imported() -> None:
    scripts = {
        name.removeprefix(SCRIPTS): text
        for name, text in texts_of_files(".js").items()
        if name.startswith(SCRIPTS)
    }
    component = syntax_tree(f"{SCRIPTS}component.py")
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
