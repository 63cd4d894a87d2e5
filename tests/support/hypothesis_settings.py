"""How many examples a property takes that money hangs on: 2,000 where a change is accepted, fewer at a desk."""

from __future__ import annotations

import os

from hypothesis import settings

many = settings(max_examples=2000 if os.environ.get("CI") else 300)
