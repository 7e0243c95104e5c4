"""Everything that a page shows, as frozen values; no Streamlit, no Plotly."""
