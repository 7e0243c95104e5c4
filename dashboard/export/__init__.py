"""Exports of the app: HTML report, slide deck, pictures and files."""
