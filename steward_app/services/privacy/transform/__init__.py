"""Carries the rules of a copy out, value by value.

contract.check(session, schema, rules, context) -> tuple[Finding, ...]     what blocks, before anything is written
prepare.prepare(session, schema, rules, key, context) -> Transforms        then: apply, table by table
propose.propose(schema, scan, classification, name) -> ReleaseRules
policy.read_rules(document, name), policy.write_rules(document, rules)
"""
