"""Words of the Decisions page, of signatures, and of the export for auditors."""
