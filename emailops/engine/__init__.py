"""The spine of every run, in the order in which it happens.

    declared   reads the state, resolves and checks it             -> Declaration, findings
    observe    asks every provider once, through readers           -> Observation
    baseline   finds what the settings are compared with           -> Baseline
    plan       compares, and can write nothing                     -> Plan
    gates      refuse what was not approved, or rests on old ground
    apply      holds the lease, runs the rest, leaves one audit line
    changes    makes each managed change, and accounts for each    -> Outcomes
    create     makes an object once, whatever becomes of the answer
    observe    reads once more: converged, or what is left

A command of `tasks/` starts the spine, and stops where it has what it needs: `plan` before the gates. Nothing above
`gates` writes, and nothing below runs without the lease of the ledger. Beside this flow, `drift` says how the world
differs now, and since when.
"""
