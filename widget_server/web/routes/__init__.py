"""One route family a file."""
