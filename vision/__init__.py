"""Understands pictures: detectors, and the worker that runs them."""
