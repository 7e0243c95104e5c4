"""Command-line options that subcommands share, and the data that these options open."""
