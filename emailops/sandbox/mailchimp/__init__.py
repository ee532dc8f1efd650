"""Mailchimp's /3.0: the account, its audiences and their members, its campaigns and reports."""
