"""Charts: what each shows as a plain value (``*_view``, ``palette``), and the Plotly figure made of it."""
