"""Comply: find personal data, classify it, make a copy for release, and measure how far anybody could turn it back.

    model       the words all of it shares: places, how a column identifies, its category and level
    kinds       the types of personal data, from `resources/rules/privacy/kinds.yaml`
    rules       what is done with each column of a copy for release
    discover    which columns are personal, and why: `discover.scan.scan`
    classify    what the steward decided: policy, register of processing, handling rules
    transform   techniques: what becomes of the values of one column
    anonymize   a copy for release, in place, subsets, the keys and the register of copies
    residue     original values that are left anywhere in a file or beside it
    risk        k, l, t and the re-identification risks; the frontier of risk and usefulness
    attack      attacks on a copy that are really carried out
    utility     what a copy is still good for
    report      the release report

A package uses those below it in `pyproject.toml`. Nothing is imported here: libraries of names and numbers are large.
"""
