"""Serve the wall over a city in memory, to look at it: `python -m tests.pages.serve [PORT]`.

`cd web/pages && npm run dev` beside it gives the page from its sources, reloading as they change.
"""

import asyncio
import random
import signal
import sys
from contextlib import suppress

from events.alarm import Priority
from tests.pages.fake_city import FakeCity
from web.server import serve


async def live(city: FakeCity) -> None:
    """Let the city breathe each second and something happen now and then."""
    rng = random.Random(1)
    while True:
        city.breathe()
        if rng.random() < 0.1:
            city.raise_alarm(f"Pasang rob 1,{rng.randrange(10, 90)} m", priority=rng.choice(list(Priority)))
        await asyncio.sleep(1)


async def main(port: int) -> None:
    """Serve until Ctrl-C."""
    city = FakeCity()
    city.fill()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    living = asyncio.create_task(live(city))
    await serve(city.app(), host="127.0.0.1", port=port, stop=stop)
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
