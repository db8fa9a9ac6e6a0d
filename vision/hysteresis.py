"""Turns a restless value into a condition that begins once and ends once."""

GAP_S = 15.0
"""Between two values further apart than this nobody looked, so the time in between proves nothing."""


class Hysteresis:
    """A condition that begins after a value was high for long enough, and ends after it was low for long enough.

    Between the two levels nothing is decided: time spent there neither counts nor starts anew, so that one doubtful
    picture does not undo half a minute of certainty. Only when doubt has lasted as long as the hold time is what was
    gathered before forgotten.
    """

    def __init__(
        self,
        *,
        begin_at: float,
        end_below: float,
        hold_s: float,
        end_hold_s: float | None = None,
        end_patience_s: float = 0.0,
        begin_patience_s: float = 0.0,
    ) -> None:
        """Set the levels.

        Args:
            begin_at: Value from which it counts as high.
            end_below: Value below which it counts as low; at most begin_at.
            hold_s: How long it must be high to begin, and low to end; 0 acts at once.
            end_hold_s: How long it must be low to end, where that is not as long.
            end_patience_s: How long in all it may be high again meanwhile without that starting anew.
            begin_patience_s: How long in all it may be low again while it begins; that time does not count.
        """
        if end_below > begin_at:
            raise ValueError("end_below must not lie above begin_at")
        self._begin_at = begin_at
        self._end_below = end_below
        self._hold_s = hold_s
        self._end_hold_s = hold_s if end_hold_s is None else end_hold_s
        self._end_patience_s = end_patience_s
        self._begin_patience_s = begin_patience_s
        self._contrary_s = 0.0
        self._since_s: float | None = None
        self._turning_since_s: float | None = None
        self._turned_s = 0.0
        self._doubtful_s = 0.0
        self._turning_before = False
        self._told_s: float | None = None

    @property
    def since_s(self) -> float | None:
        """When the present condition was first met, None while there is none."""
        return self._since_s

    @property
    def pending(self) -> bool:
        """Whether the value has begun to cross to the other side, without having held."""
        return self._turning_since_s is not None

    @property
    def turned_s(self) -> float:
        """How long the value has been on the other side, 0 while nothing is pending."""
        return self._turned_s

    @property
    def turning_since_s(self) -> float | None:
        """When the value crossed to the other side, None while nothing is pending."""
        return self._turning_since_s

    @property
    def _needed_s(self) -> float:
        return self._hold_s if self._since_s is None else self._end_hold_s

    def resume(self, *, since_s: float | None, turning_since_s: float | None, turned_s: float) -> None:
        """Go on where another one stopped, as after a restart.

        Args:
            since_s: When the condition was first met, None while there was none; may lie before the clock's start.
            turning_since_s: When the value crossed to the other side, None where nothing was pending.
            turned_s: How long it had been there; the time since then does not count.
        """
        self._stay()
        self._since_s = since_s
        if turning_since_s is not None:
            self._turning_since_s, self._turned_s = turning_since_s, turned_s

    def update(self, value: float, t_s: float) -> float | None:
        """Take in the value of one moment.

        Args:
            value: The value.
            t_s: Its time, on a clock that only runs forward.

        Returns:
            When the condition was first met, None while there is none.
        """
        passed_s = 0.0 if self._told_s is None else t_s - self._told_s
        self._told_s = t_s
        if passed_s > GAP_S:
            self._stay()
        turning, staying = value >= self._begin_at, value < self._end_below
        if self._since_s is not None:
            turning, staying = staying, turning
        if staying:
            self._contrary_s += passed_s
            patience_s = self._begin_patience_s if self._since_s is None else self._end_patience_s
            if self._turning_since_s is None or patience_s == 0.0 or self._contrary_s > patience_s:
                self._stay()
            else:
                self._turned_s += passed_s if self._since_s is not None else 0.0
                self._turning_before = False
        elif turning:
            self._turn(passed_s, t_s)
        elif self._turning_since_s is not None:
            self._doubtful_s += passed_s
            self._turning_before = False
            if self._doubtful_s >= self._needed_s:
                self._stay()
        return self._since_s

    def _stay(self) -> None:
        self._turning_since_s = None
        self._turned_s = self._doubtful_s = self._contrary_s = 0.0
        self._turning_before = False

    def _turn(self, passed_s: float, t_s: float) -> None:
        if self._turning_since_s is None:
            self._turning_since_s = t_s
        elif self._turning_before:
            self._turned_s += passed_s
        self._turning_before = True
        self._doubtful_s = 0.0
        if self._turned_s >= self._needed_s:
            self._since_s = self._turning_since_s if self._since_s is None else None
            self._stay()
