"""The merchant's backend, which is told about payments: one address from the settings, by https, signed."""
