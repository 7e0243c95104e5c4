"""Charts: what each shows as a plain value (`FrontView`), and below it the figure that is drawn of that."""
