"""Measurements that are too long for the tests. Each prints what it found; docs/ keeps the tables."""
