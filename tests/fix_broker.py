"""MQTT brokers: the embedded one everywhere, Mosquitto where Debian has it."""
