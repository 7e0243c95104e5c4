"""Streamlit pages and their elements. A view reads choices, gets figures from the cache, and draws."""
