"""Lets a suspicion become a finding, a finding change its class, and a finding end, when they lasted."""

from collections import Counter, deque

from vision.detector import Finding

HOLD_S = 4.0
VOTE_S = 4.0
UNANIMOUS_S = 6.0
"""Another class must be suspected for so long without exception before it takes the place of the first."""
CLEAR_S = 3.0
MEMORY = 64


class Verdict:
    """What is held against one camera: nothing, a suspicion, or a finding of one class."""

    def __init__(self) -> None:
        self._votes: deque[tuple[float, str]] = deque(maxlen=MEMORY)
        self._suspected_s: float | None = None
        self._well_s: float | None = None
        self._other_s: float | None = None
        self.finding: Finding | None = None

    @property
    def suspicious(self) -> bool:
        """Whether a fault is present or suspected."""
        return self._suspected_s is not None

    @property
    def suspected_s(self) -> float | None:
        """Since when."""
        return self._suspected_s

    @property
    def name(self) -> str | None:
        """The class of the finding, None without one."""
        return None if self.finding is None else str(self.finding.attrs["class"])

    def weigh(self, suspect: str | None, t_s: float, *, ripe: bool = True, since_s: float | None = None) -> None:
        """Take in what one picture looks like.

        Args:
            suspect: Class of a fault, None where the picture is well.
            t_s: Now.
            ripe: False while a finding would be premature, whatever the time it was suspected.
            since_s: When it began where that is known better than when it was first suspected.
        """
        if suspect is None:
            self._acquit(t_s)
            return
        self._well_s = None
        if self._suspected_s is None:
            self._suspected_s = t_s if since_s is None else since_s
            self._votes.clear()
        self._votes.append((t_s, suspect))
        if self.finding is not None:
            self._reclass(suspect, t_s, since_s)
        elif ripe and t_s - self._suspected_s >= HOLD_S:
            self.finding = self._named(t_s, self._suspected_s if since_s is None else since_s)

    def clear(self) -> None:
        """Drop everything."""
        self.finding = self._suspected_s = self._well_s = self._other_s = None
        self._votes.clear()

    def _acquit(self, t_s: float) -> None:
        self._other_s = None
        if self.finding is None:
            self._suspected_s = None
            return
        self._well_s = t_s if self._well_s is None else self._well_s
        if t_s - self._well_s >= CLEAR_S:
            self.clear()

    def _reclass(self, suspect: str, t_s: float, since_s: float | None) -> None:
        if suspect == self.name:
            self._other_s = None
            return
        if self._other_s is None or (len(self._votes) > 1 and self._votes[-2][1] != suspect):
            self._other_s = t_s
        if t_s - self._other_s >= UNANIMOUS_S:
            self.finding = _finding(suspect, self._other_s if since_s is None else max(since_s, self._other_s), 1.0)
            self._other_s = None

    def _named(self, t_s: float, since_s: float) -> Finding:
        votes = Counter(name for at_s, name in self._votes if t_s - at_s <= VOTE_S)
        name, number = votes.most_common(1)[0]
        return _finding(name, since_s, number / votes.total())


def _finding(name: str, since_s: float, score: float) -> Finding:
    return Finding(kind="tamper", zone=None, since_s=since_s, score=score, attrs={"class": name})
