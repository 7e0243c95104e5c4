"""Tests that the audit log names who proposes, signs, deletes and downloads."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.views.decisions import downloads
from tests.dashboard.signed_in.acts import ANA, BEN, OPS, propose, sign, sign_in


def test_the_audit_log_names_who_proposes_signs_and_deletes(
    visit, register, audit_entries, store_upload
):
    upload = store_upload("of eve")
    propose(visit(ANA, data=upload))
    sign(visit(BEN, "decisions"), "product", "objects", "typed words")
    visit(OPS, "data", data=upload).press(f"delete_{upload}")
    [recorded] = register.all()
    proposed, signed = (one.hash for one in register.read().signatures)
    assert proposed != signed
    assert [one for one in audit_entries if one[0] != "opened"] == [
        ("proposed", ANA, {"number": 1, "hash": recorded.hash}),
        (
            "signed",
            BEN,
            {"says": "objects", "stakeholder": "product", "number": 3, "hash": signed},
        ),
        ("deleted", OPS, {"data": upload}),
    ]
    opened = [(who, facts["data"]) for act, who, facts in audit_entries if act == "opened"]
    assert opened[0] == (ANA, upload)
    assert len(opened) == len({*opened})  # each once in a session


def test_the_audit_log_has_each_download_when_it_is_made(audit_entries, monkeypatch):
    made: list[Callable[[], str]] = []
    monkeypatch.setattr(st, "download_button", lambda _, make, *__, **___: made.append(make))
    sign_in(monkeypatch, ANA)
    downloads.draw_button(
        "JSON", lambda: "{}", "decision-3.json", "application/json", "k", number=3
    )
    assert audit_entries == []
    sign_in(monkeypatch, "")  # another thread knows no person
    assert [make() for make in made] == ["{}"]
    assert audit_entries == [("exported", ANA, {"file": "decision-3.json", "number": 3})]
