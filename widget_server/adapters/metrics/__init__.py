"""Counting in many processes without a common place that could fail or slow them down."""
