"""What the Makefile runs for those who work on this project. Not part of the wheel."""
