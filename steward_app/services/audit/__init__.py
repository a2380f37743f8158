"""The audit: who changed which cell, when, what it was before; and taking that back.

    engine    tables and triggers in the user's file, and reading the log: `engine.log.changes`
    seals     what proves it: `seals.seal_log.seal_log`, `seals.verify.verify`, `seals.reconcile.reconcile`
    past      looking back: `past.history.History`, `past.as_of.table_as_of`, `past.compare.compare`
    undo      taking changes back: `undo.plan_undo`, `undo.undo_changes`
    guard     install, arm again, remove, status, alarm: `guard.guarding.plan_guarding`, `guard.status.audit_status`
    recipes   triggers of other kinds, by the same machinery
    erasing   erasing inside the log: `erasing.erase`
    leaving   retention and archives: `leaving.prune_log`, `leaving.retention`
    report    the auditor's report

A package uses those above it. Nothing is imported here: verifying starts small processes that need few of them.
"""
