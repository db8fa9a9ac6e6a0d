"""What of OGC 18-088 is met, by the standard's names of its requirements; the conformance test holds each."""

from typing import Final

_REQ: Final = "http://www.opengis.net/spec/iot_sensing/1.1/req/"

REQUIREMENTS: Final = tuple(
    _REQ + name
    for name in (
        "datamodel/thing/properties",
        "datamodel/thing/relations",
        "datamodel/location/properties",
        "datamodel/location/relations",
        "datamodel/historical-location/properties",
        "datamodel/historical-location/relations",
        "datamodel/datastream/properties",
        "datamodel/datastream/relations",
        "datamodel/sensor/properties",
        "datamodel/sensor/relations",
        "datamodel/observed-property/properties",
        "datamodel/observed-property/relations",
        "datamodel/observation/properties",
        "datamodel/feature-of-interest/properties",
        "datamodel/feature-of-interest/relations",
        "datamodel/entity-control-information/common-control-information",
        "resource-path/resource-path-to-entities",
        "request-data/status-code",
        "request-data/query-status-code",
        "request-data/order",
        "request-data/expand",
        "request-data/select",
        "request-data/orderby",
        "request-data/top",
        "request-data/skip",
        "request-data/count",
        "request-data/filter",
        "request-data/built-in-filter-operations",
        "request-data/pagination",
    )
)
"""Left out, because not wholly met: `request-data/built-in-query-functions` (no questions about shapes), `data-array`
(read, not created), `datamodel/observation/relations` (what a source without a place sees has no feature of interest),
creating, batches, MQTT."""
