"""SensorThings 1.1 (OGC 18-088), for reading."""
