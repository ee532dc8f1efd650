"""What became of each message: Notify's delivery receipts, stored before they are answered, acted on afterwards.

receipt   what Notify tells, and how an address is kept
tables    the five tables, beside those of the sends
store     receipts and complaints: recorded once each, and found again
follow_ups   what a receipt sets off, until it is done
"""
