"""antivirus-api: an alert to developers."""

from __future__ import annotations

from tests.consumers.readers.flask_app import reader

READER = reader(
    "antivirus-api",
    {"developer_virus_alert": "70986093-4f54-4b2e-883e-d88456455385"},
    {
        "DM_EICAR_TEST_SIGNATURE_VIRUS_ALERT_EMAIL": "eicar-found@example.gov.uk",
        "DM_DEVELOPER_VIRUS_ALERT_EMAIL": "developer-virus-alert@example.com",
    },
)
