"""Database servers: the embedded one everywhere, TimescaleDB where a Debian trixie folder has it."""
