import select

from runtime.wakeup import Wakeup


def is_signalled(wakeup: Wakeup) -> bool:
    return bool(select.select([wakeup], [], [], 0)[0])


def test_any_number_of_signals_count_as_one() -> None:
    wakeup = Wakeup()
    assert not is_signalled(wakeup)

    for _ in range(100_000):
        wakeup.signal()
    assert is_signalled(wakeup)
    wakeup.clear()

    assert not is_signalled(wakeup)
    wakeup.close()


def test_a_signal_after_the_end_is_harmless() -> None:
    wakeup = Wakeup()
    wakeup.close()
    wakeup.signal()
