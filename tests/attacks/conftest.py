"""The same StepPay and the same application as in the other tests that speak HTTP."""

from __future__ import annotations

from tests.integration.conftest import each_adapter, keyed, migrated, shared_steppay, steppay, world

__all__ = ["each_adapter", "keyed", "migrated", "shared_steppay", "steppay", "world"]
