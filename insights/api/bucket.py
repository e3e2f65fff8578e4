"""How many requests a client may make: a token bucket; pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Holds up to a number of requests and fills at a steady rate.

    Attributes:
        per_minute: how many requests flow in a minute.
        burst: how many it holds at most: they can come at once.
    """

    per_minute: float
    burst: float
    _level: float = field(init=False)
    _at: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        """Begin full."""
        self._level = self.burst

    def take(self, now: float) -> float:
        """Take one request out.

        Args:
            now: seconds of any clock that never goes back.

        Returns:
            0 where there was one; else how many seconds until there is.
        """
        if self._at > float("-inf"):
            gained = (now - self._at) * self.per_minute / 60.0
            self._level = min(self.burst, self._level + gained)
        self._at = now
        if self._level >= 1.0:
            self._level -= 1.0
            return 0.0
        return (1.0 - self._level) * 60.0 / self.per_minute
