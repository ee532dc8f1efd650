"""One stand-in a reader, as the originals kept and read their settings. A new reader is one file and one line."""

from __future__ import annotations

from tests.consumers.reader import Reader
from tests.consumers.readers import (
    admin_frontend,
    antivirus_api,
    aws,
    brief_responses_frontend,
    briefs_frontend,
    jenkins,
    scripts,
    supplier_frontend,
    user_frontend,
)

READERS: dict[str, Reader] = {
    "user-frontend": user_frontend.READER,
    "supplier-frontend": supplier_frontend.READER,
    "briefs-frontend": briefs_frontend.READER,
    "brief-responses-frontend": brief_responses_frontend.READER,
    "admin-frontend": admin_frontend.READER,
    "antivirus-api": antivirus_api.READER,
    "scripts": scripts.READER,
    "jenkins": jenkins.READER,
    "aws": aws.READER,
}
