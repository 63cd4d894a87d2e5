"""Webhooks to the merchant backend: one address from the settings, by https, signed."""
