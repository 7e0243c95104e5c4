"""Which column is what: profiles of the columns, their roles, the models, the labels."""
