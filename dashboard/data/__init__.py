"""What this server has opened: data sets, uploads and their sandbox, kept files, the counting of rows."""
