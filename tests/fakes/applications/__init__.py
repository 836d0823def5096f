"""One file for each application."""
