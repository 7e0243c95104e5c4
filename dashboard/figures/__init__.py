"""Charts: each module turns a value of `dashboard.analysis` into a Plotly figure."""
