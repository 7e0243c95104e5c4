"""Tests of the README files and the guide: links lead to existing targets, and examples run."""

from __future__ import annotations

import argparse
import importlib.util
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.main import COMMANDS, Command
from dashboard.views.guide.chapters import INDEX, anchor, chapters
from dashboard.words.phrases import requests_alignment
from metrics import (
    OBJECTIVES,
    get_objective,
    load_objectives,
    open_scores,
    operating_points,
    read_scenario,
    tally_scores,
)
from metrics.inference.certainty import LEAST_MET
from tests.dashboard.tables import made
from tests.repository import ROOT, files

README = ROOT / "README.md"
CHAPTERS = [chapter.path for chapter in chapters()]
DOCUMENTS = [README, *CHAPTERS]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """Text of a document without its code."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^```[\s\S]*?^```$|^ {4,}.*$|`[^`\n]*`", "", text, flags=re.MULTILINE)


def headings(path: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)


def code_block(path: Path, language: str) -> str:
    [block] = re.findall(
        rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S
    )
    return str(block)


def test_the_readme_is_short_and_has_three_pictures():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150
    assert len(PICTURE.findall(prose(README))) == 3


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_leads_to_a_file_and_a_heading(document):
    links = [link for link in LINK.findall(prose(document)) if "://" not in link]
    broken = []
    for link in links:
        file, _, section = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        is_file = target.is_file() and name(target) in files()
        if not is_file or (section and section not in map(anchor, headings(target))):
            broken.append(link)
    assert broken == []


def test_all_files_of_the_guide_are_listed_or_shown():
    present = {ROOT / path for path in files() if path.startswith("dashboard/guide/")}
    assert {path for path in present if path.suffix == ".md"} <= set(CHAPTERS)
    shown = {
        (document.parent / path).resolve()
        for document in DOCUMENTS
        for _, path in PICTURE.findall(prose(document))
    }
    assert shown == {path for path in present if path.suffix != ".md"}
    assert all(words for document in DOCUMENTS for words, _ in PICTURE.findall(prose(document)))


@pytest.mark.parametrize("document", CHAPTERS, ids=name)
def test_a_chapter_links_to_chapters_alone_and_its_headings_differ(document):
    """The app has a page for each chapter, and for no other file."""
    targets = {link.partition("#")[0] for link in LINK.findall(prose(document))}
    within = {(document.parent / file).resolve() for file in targets if file.endswith(".md")}
    assert within <= set(CHAPTERS)
    anchors = [anchor(heading) for heading in headings(document)]
    assert len(set(anchors)) == len(anchors)
    # Streamlit and repository browsers agree on headings of plain words only.
    assert [h for h in headings(document) if not re.fullmatch(r"[\w ,:-]+", h)] == []


def test_the_readme_and_the_index_lead_to_the_same_chapters():
    linked = {link.partition("#")[0] for link in LINK.findall(prose(README))}
    listed = {name(path) for path in CHAPTERS if path != INDEX}
    assert listed <= linked


def test_the_example_of_the_library_gives_the_cheapest_point(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made().write(tmp_path / "scores.csv")
    names: dict[str, Any] = {}
    exec(code_block(README, "python"), names)
    points = names["points"]
    assert names["cheapest"].cost_of_errors == (points.fp + 5 * points.fn).min()


def test_the_example_of_an_objective_can_be_computed(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(code_block(INDEX.parent / "scenario.md", "python"))
    tally = tally_scores(open_scores(made().write(tmp_path / "scores.csv")))
    load_objectives(path)
    try:
        points = operating_points(tally, [get_objective("inspection_hours")])
    finally:
        OBJECTIVES.pop("inspection_hours", None)
    assert points.inspection_hours.tolist() == ((points.tp + points.fp) * 2 / 60).tolist()


def test_the_example_of_a_scenario_can_be_read(tmp_path):
    path = tmp_path / "line3.toml"
    path.write_text(code_block(INDEX.parent / "scenario.md", "toml"))
    scenario = read_scenario(path)
    assert (scenario.miss_cost, scenario.units_per_year, scenario.currency) == (5, 2_400_000, "EUR")
    assert scenario.payoffs.miss_cost == scenario.miss_cost
    assert requests_alignment(scenario) is None  # the page asks nothing about the load
    assert scenario.today is not None


def test_the_chapter_about_the_method_gives_the_levels_of_certainty():
    *shares, last = [f"{share:.0%}".removesuffix("%") for share in LEAST_MET.values() if share]
    sentence = f"At least {', '.join(shares)} or {last}% of the [simulations]"
    assert sentence in (INDEX.parent / "method.md").read_text(encoding="utf-8")


def options_of(command: Command) -> set[str]:
    parser = argparse.ArgumentParser()
    command.function("add")(parser)
    return {flag for action in parser._actions for flag in action.option_strings}


OTHER_OPTIONS = {"--times", "--check"}
"""Options of ``python -m sample_data.make``."""


def test_every_command_and_option_in_the_documents_exists():
    known = {command.name: options_of(command) for command in COMMANDS}
    every_option = OTHER_OPTIONS.union(*known.values())
    wrong: list[tuple[str, str, set[str]]] = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for command, rest in re.findall(r"common-ground ([a-z]+)\b([^`\n]*)", text):
            named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", rest.split("#")[0]))
            if command not in known or not named <= known[command]:
                wrong.append((name(document), command, named))
        if unknown := set(re.findall(r"`(--[a-z-]+)", text)) - every_option:
            wrong.append((name(document), "any command", unknown))
    assert wrong == []
    listed = (INDEX.parent / "formats.md").read_text(encoding="utf-8")
    assert set(known) <= set(re.findall(r"common-ground ([a-z]+)", listed))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_make_goal_and_module_in_the_documents_exists(document):
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= goals
    for dotted in re.findall(r"`(metrics(?:\.\w+)+)", text):
        assert pkgutil.resolve_name(dotted)
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert importlib.util.find_spec(module)


def test_the_tree_in_the_readme_has_every_folder_of_the_packages():
    tree = re.search(
        r"^    metrics/ [\s\S]*?\n\n", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert tree
    package, listed = "", set()
    for line in tree[0].splitlines():
        if found := re.match(r"( +)((?:[a-z_]+/(?:, )?)+)  ", line):
            folders = re.findall(r"[a-z_]+/", found[2])
            package = folders[0] if len(found[1]) == 4 else package
            listed |= {package + ("" if folder == package else folder) for folder in folders}
    assert {folder for folder in listed if not (ROOT / folder).is_dir()} == set()
    parents = {"/".join(path.split("/")[:2]) + "/" for path in files() if path.count("/") > 1}
    in_packages = {path for path in parents if path.startswith(("metrics/", "dashboard/"))}
    assert in_packages - {"dashboard/.streamlit/"} <= listed
