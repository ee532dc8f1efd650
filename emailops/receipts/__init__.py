"""What became of each message: Notify's delivery receipts, stored before they are answered, acted on afterwards.

receiver     answers what Notify posts, as a WSGI application; `blueprint` mounts it in a Flask app
payload      what was posted, checked: a receipt or a complaint
intake       writes what many requests brought, in one transaction
aftermath    does what a permanent failure sets off, forgets addresses in time, and gives the alarm
store        receipts and complaints: recorded once each, and found again
figures      what Prometheus is told of both
follow_ups   what a receipt sets off, until it is done
receipt      what Notify tells, and how an address is kept
tables       the tables, beside those of the sends
"""
