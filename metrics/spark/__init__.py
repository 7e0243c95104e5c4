"""Counting a tally on a Spark cluster."""

from __future__ import annotations

from metrics.spark.dataframe import tally_dataframe

__all__ = ["tally_dataframe"]
