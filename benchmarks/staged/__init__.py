"""Staged scenes: grounds, weather, passers-by and heaps drawn by us, at the size every detector works on."""
