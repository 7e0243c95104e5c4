"""Charts: what each shows as a plain value (``*_view``), and the Plotly figure made of it (``*_figure``)."""
