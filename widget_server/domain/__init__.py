"""The rules, as pure functions: standard library only, no clock, no environment, no input or output."""
