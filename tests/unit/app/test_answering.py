"""What is said to devices, and when."""

from app.answering import Answers


class Outlet:
    def __init__(self) -> None:
        self.said: list[tuple[str, bytes, int, bool]] = []

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        self.said.append((topic, payload, qos, retain))
        return True


def test_requests_are_never_retained() -> None:
    outlet = Outlet()

    Answers(outlet).ask([("spBv1.0/G/NCMD/N", b"rebirth")])

    assert outlet.said == [("spBv1.0/G/NCMD/N", b"rebirth", 0, False)]
