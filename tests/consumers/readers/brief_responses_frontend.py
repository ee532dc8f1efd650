"""brief-responses-frontend: questions about an opportunity."""

from __future__ import annotations

from tests.consumers.readers.flask_app import reader

READER = reader(
    "brief-responses-frontend",
    {
        "clarification_question": "520e0623-119e-41ac-990b-b9cdb0e9c30d",
        "clarification_question_confirmation": "d74a8a05-eae6-49cb-bc08-63d95b92b4d3",
    },
)
