"""Charts: what each shows as a plain value (``*_view``, ``look``), and the Plotly figure made of it."""
