"""What this server has opened: data sets, uploads and the process that parses them, kept files, the counting of rows."""
