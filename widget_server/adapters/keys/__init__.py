"""Signing keys in their file, and the tokens they sign."""
