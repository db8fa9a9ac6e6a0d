"""Understands field devices: decoding, checking, and the client that speaks for one."""
