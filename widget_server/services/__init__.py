"""One use case a file, as plain functions. What they need from outside is an argument typed in `ports`."""
