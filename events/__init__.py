"""What happened: frozen values shared by every room. No I/O, no asyncio, no vendor library."""
