"""The demo city: scenes we draw ourselves, cameras and sensors that behave like real ones, one site file."""
