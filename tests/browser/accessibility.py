"""Violations of accessibility that axe finds on a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

STREAMLITS_OWN = {
    # The drop zone is a Streamlit section with a label and the role of a decoration. The
    # button inside it is accessible. Neither can be changed from Python.
    ("presentation-role-conflict", '[data-testid="stFileUploaderDropzone"]'),
}
"""Rule and element of violations that no setting of the app can change, each with its reason."""


def violations(page):
    """Violations that axe finds on a page, except those that only Streamlit can change."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    ours = []
    for violation in found["violations"]:
        for node in violation["nodes"]:
            [target] = node["target"]
            excused = any(
                rule == violation["id"]
                and page.locator(target).evaluate("(e, own) => e.matches(own)", element)
                for rule, element in STREAMLITS_OWN
            )
            if not excused:
                ours.append((violation["id"], target, node["html"][:200]))
    return ours
