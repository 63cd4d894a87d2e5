"""What the processes of this server counted about StepPay's calls since they started."""

from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["closed", "half-open", "open"]


@dataclass(frozen=True)
class Bucket:
    """So many calls that took at most `up_to_seconds`, and longer than the bucket before allows. None: any longer."""

    up_to_seconds: float | None
    calls: int


@dataclass(frozen=True)
class Snapshot:
    """`breaker` is the worst state of all processes; `failed`: calls without a usable answer. Buckets: the quickest
    first."""

    breaker: BreakerState
    failed: int
    latency: tuple[Bucket, ...]

    @property
    def calls(self) -> int:
        return sum(bucket.calls for bucket in self.latency)

    def within(self, share: float) -> Bucket | None:
        """The bucket in which this share of the calls is reached (0.5: half of them); None without calls."""
        reached = 0
        for bucket in self.latency:
            reached += bucket.calls
            if bucket.calls and reached >= share * self.calls:
                return bucket
        return None
