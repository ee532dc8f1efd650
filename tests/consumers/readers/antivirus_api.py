"""antivirus-api: an alert to developers."""

from __future__ import annotations

from tests.consumers.readers.flask_app import reader

READER = reader("antivirus-api", {"developer_virus_alert": "70986093-4f54-4b2e-883e-d88456455385"})
