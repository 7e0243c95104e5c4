"""The policy lets our own inline script run, and no other text in its place."""

from __future__ import annotations

from dashboard.server.headers import SHOW_REFUSAL, inline_scripts, policy, script_hash
from dashboard.views.data.upload_form import SHOW


def test_the_script_that_shows_a_refusal_is_the_one_that_the_policy_names():
    [text] = inline_scripts(SHOW)
    assert script_hash(text) == SHOW_REFUSAL
    assert SHOW_REFUSAL in policy().split("script-src ")[1].split(";")[0].split()
