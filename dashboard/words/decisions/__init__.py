"""Words of the Decisions page, of records, of signatures, and of the export for auditors."""
