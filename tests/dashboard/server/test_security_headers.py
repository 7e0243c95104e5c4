"""Tests that the security policy allows our own inline scripts and no other."""

from __future__ import annotations

import pytest

from dashboard.server.security_headers import (
    SHOW_INSPECTING,
    SHOW_REFUSAL,
    SHOW_UNITS,
    inline_scripts,
    policy,
    script_hash,
)
from dashboard.views.data import upload_questions
from dashboard.views.html_elements import scroll_to, scroll_to_linked


@pytest.mark.parametrize(
    ("markup", "named"),
    [
        (upload_questions.SHOW, SHOW_REFUSAL),
        (scroll_to_linked("inspecting"), SHOW_INSPECTING),
        (scroll_to("units", 3), SHOW_UNITS),
    ],
    ids=["a refusal", "the inspection panel", "units"],
)
def test_the_policy_has_the_hash_of_every_inline_script(markup, named):
    [text] = inline_scripts(markup)
    assert script_hash(text) == named
    assert named in policy().split("script-src ")[1].split(";")[0].split()
