"""Figures: a frame or value in, a plotly figure out. Nothing here knows of streamlit."""
