"""Hears the city: pictures over RTSP, messages over MQTT."""
