"""Methods on the command line."""
