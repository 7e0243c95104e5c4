"""What a reader has chosen: the choices, the address that says them, the browser session."""
