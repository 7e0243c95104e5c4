"""Words for data sets: the columns of files, problems with them, and uploads."""
