"""admin-frontend: one template in its map, and one id that stood in a view."""

from __future__ import annotations

from tests.consumers.readers.flask_app import reader

READER = reader(
    "admin-frontend",
    {"invite_contributor": "5eefe42d-1694-4388-8908-991cdfba0a71"},
    {"INVITE_ADMIN_USER_TEMPLATE_ID": "08ab7791-6038-4ad2-9560-740bbcb675b7"},
)
