"""What is sent to many, safe to repeat: campaigns, subscribers, exports and notices.

means            what a mailing may use at a stage: one key, its audiences, its redirects
rows, answers    a file, line by line; a declared HTTP API, page by page
drafts           from rows to messages, all of them checked first
run_start        a run of a notice: noted whole, or not at all
notice           a run, sent exactly once
send_ledger      each message before and after it is sent
dispatch         threads, and what a lost answer was
carriage         one message at Notify
pace             the minute's limit, over all workers
campaign_claims  one run at a time is at work on a campaign
"""
