"""What is sent to many, safe to repeat: campaigns, subscribers, exports and notices.

means     what a mailing may use at a stage: one key, its audiences, its redirects
rows      a file, line by line        answers    a declared HTTP API, page by page
drafts    from rows to messages, all of them checked first
notice    a run: begun whole, sent exactly once
send_ledger   each message before and after it is sent
campaign_claims  one run at a time is at work on a campaign
dispatch  threads, the minute's limit, and what a lost answer was
"""
