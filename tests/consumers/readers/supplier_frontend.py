"""supplier-frontend: the manifest that aws renders is its environment; on a developer's machine a file is."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.consumers.reader import DEPLOYED, Cells, at, together
from tests.consumers.readers import aws
from tests.consumers.readers.flask_app import SUPPORT, configured, reader

NAME = "supplier-frontend"
_APP = reader(
    NAME,
    {
        "confirmation_of_clarification_question": "1a8a3408-49ef-486f-a6c9-8557d1a0dc63",
        "create_user_account": "84f5d812-df9d-4ab8-804a-06f64f5abd30",
        "invite_contributor": "5eefe42d-1694-4388-8908-991cdfba0a71",
        "framework_agreement_signature_page": "08929c93-f9e7-4b40-b75f-418659308324",
        "framework-application-started": "9c8237fa-d854-4388-babb-14a0f252d133",
        "framework-clarification-question": "8574484f-9907-44c0-b9d5-1120beb64ef0",
        "framework-application-question": "6681d4a1-6e30-407f-9e8b-3f6633d73546",
        "sign_framework_agreement_confirmation": "bbc77101-4585-4d1e-80c4-43045ea9550f",
    },
    {
        "DM_ENQUIRIES_EMAIL_ADDRESS_UUID": "24908180-b64e-513d-ab48-fdca677cec52",
        "DM_CLARIFICATION_QUESTION_EMAIL": "clarification-questions@example.gov.uk",
        "DM_FOLLOW_UP_EMAIL_TO": "follow-up@example.gov.uk",
        "DM_COMPANY_DETAILS_CHANGE_EMAIL": SUPPORT,
        "SUPPORT_EMAIL_ADDRESS": SUPPORT,
    },
    own={
        "DM_MAILCHIMP_USERNAME": None,
        "DM_MAILCHIMP_API_KEY": None,
        "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID": None,
    },
)
_SIGN_UPS = {"development": "18fb1fa411", "preview": "18fb1fa411", "staging": "18fb1fa411", "production": "7534b3e89a"}


def read(checkouts: Mapping[str, Path]) -> Cells:
    manifests = {stage: aws.environment(checkouts["aws"], stage, NAME) for stage in DEPLOYED}
    return configured(checkouts[NAME], {**manifests, "development": _exported(checkouts[NAME] / "development.env")})


def _exported(path: Path) -> dict[str, str]:
    """What `set -a && . ./development.env && flask run` hands to the app."""
    script = 'set -a && . "$1" && exec env -0'
    found = subprocess.run(["/bin/sh", "-euc", script, "sh", str(path)], env={}, capture_output=True, check=True)
    pairs = (variable.partition("=") for variable in found.stdout.decode().split("\0"))
    return {name: text for name, _, text in pairs}


READER = dataclasses.replace(
    _APP,
    read=read,
    expected=together(
        _APP.expected,
        at(DEPLOYED, DM_NOTIFY_API_KEY=aws.NOTIFY_KEY, DM_MAILCHIMP_API_KEY=aws.MAILCHIMP_KEY),
        *(
            at(
                (stage,),
                DM_MAILCHIMP_USERNAME="digital-marketplace",
                DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID=id_,
            )
            for stage, id_ in _SIGN_UPS.items()
        ),
    ),
    delivered=("email_config.py", "development.env"),
)
