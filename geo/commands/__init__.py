"""The command line, one file per group of commands; geo/__main__.py puts them together."""
