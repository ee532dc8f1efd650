"""Audiences and campaigns of a Mailchimp account (https://mailchimp.com/developer/marketing/api/)."""

from ..campaign import Campaign
from .audiences import Audience, Member
from .campaigns import Campaigns, Checklist
from .client import MailchimpClient
from .outcomes import Outcome, Outcomes, Removal

__all__ = [
    "Audience",
    "Campaign",
    "Campaigns",
    "Checklist",
    "MailchimpClient",
    "Member",
    "Outcome",
    "Outcomes",
    "Removal",
]
