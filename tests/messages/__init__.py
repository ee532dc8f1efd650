"""`messages`: what became of messages, by receipts, Notify, Mailchimp and logs."""
