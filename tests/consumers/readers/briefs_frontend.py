"""briefs-frontend: its one template has the id that supplier-frontend has, too."""

from __future__ import annotations

from tests.consumers.readers.flask_app import SUPPORT, reader

READER = reader(
    "briefs-frontend",
    {"create_user_account": "84f5d812-df9d-4ab8-804a-06f64f5abd30"},
    {"SUPPORT_EMAIL_ADDRESS": SUPPORT},
)
