"""What leaves the app: the HTML report, slides, pictures and files."""
