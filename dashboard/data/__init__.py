"""What this server has opened: data sets, uploads and their parsing, kept files, the counting of rows."""
