"""What the suite does against others, measured. `make bench`, or `python3 -m bench --help`."""
