"""The validated site file: one YAML that describes the city."""
