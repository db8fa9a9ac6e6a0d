"""A city with a waste programme, for its tests."""

from configs.site import SiteFile

WASTE_CITY = SiteFile.model_validate(
    {
        "city": {"name": "Kota uji", "demo": True},
        "web": {"operator": "Siti", "supervisor": True},
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
        "sites": [
            {
                "id": "pasar",
                "name": "Pasar",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.7137, "lon": 111.3443},
                "opd": "dlh",
            },
            {"id": "landoh", "name": "Landoh", "kecamatan": "33.17.08", "position": {"lat": -6.7654, "lon": 111.3703}},
        ],
        "cameras": [
            {
                "id": "cam",
                "name": "Kamera TPS",
                "site": "pasar",
                "url": "rtsp://127.0.0.1/x",
                "purpose": "uji",
                "zones": [
                    {
                        "id": zone,
                        "polygon": [[0, 0], [0.4, 0], [0.4, 0.4]],
                        "detect": {"waste_pile": {"coverage": 0.15}},
                    }
                    for zone in ("sudut", "jalan")
                ],
            }
        ],
        "sensors": [
            {"id": "isi-1", "name": "Isi 1", "site": "pasar", "metrics": {"fill": {"unit": "%"}}},
            {"id": "isi-2", "name": "Isi 2", "site": "pasar", "metrics": {"fill": {"unit": "%"}}},
            {"id": "timbang", "name": "Timbangan", "site": "landoh", "metrics": {"queue": {"unit": "{vehicle}"}}},
        ],
        "waste": {
            "repeat_within_m": 60,
            "province": "Jawa Tengah",
            "generation": {"population": 665501, "kg_per_person_day": 0.4, "basis": "SNI 19-3983-1995, perkiraan"},
            "sites": [
                {
                    "id": "tps-pasar",
                    "name": "TPS Pasar",
                    "kind": "tps",
                    "site": "pasar",
                    "camera": "cam",
                    "zone": "sudut",
                },
                {
                    "id": "tpa-landoh",
                    "name": "TPA Landoh",
                    "kind": "tpa",
                    "site": "landoh",
                    "weighbridge": "timbang",
                    "manager": "DLH",
                    "operation": "controlled landfill",
                    "capacity_m3": 90000,
                },
                {
                    "id": "liar-utara",
                    "name": "Tepi jalan utara",
                    "kind": "hot_spot",
                    "kecamatan": "33.17.14",
                    "position": {"lat": -6.7, "lon": 111.45},
                },
            ],
            "bins": [
                {"id": "kontainer-1", "site": "tps-pasar", "sensor": "isi-1"},
                {"id": "kontainer-2", "site": "tps-pasar", "sensor": "isi-2", "volume_m3": 5},
            ],
        },
    }
)
"""One TPS with a camera and two bins, one TPA with a weighbridge, one hot spot that nobody watches."""
