"""Figures into words: formatting, sentences, the verdict."""
