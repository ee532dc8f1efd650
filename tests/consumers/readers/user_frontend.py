"""user-frontend: accounts and passwords."""

from __future__ import annotations

from tests.consumers.readers.flask_app import SUPPORT, reader

READER = reader(
    "user-frontend",
    {
        "reset_password": "4ae02cdd-65fd-417f-8c24-61260229f9af",
        "change_password_alert": "1c4c0562-44aa-4ae4-ba61-e17c544df535",
        "reset_password_inactive": "6c522c78-e4d2-488f-aa5f-6f42401ef2c5",
    },
    {"SUPPORT_EMAIL_ADDRESS": SUPPORT},
    live="SharedLive",
)
