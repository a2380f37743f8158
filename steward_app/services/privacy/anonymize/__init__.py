"""A copy for release, a database in its place, a part of its rows; the keys of pseudonyms and the register of copies.

model       values: a request, a release, an assessment, a key
objects     what of a schema goes along; fulltext: how virtual tables are filled
subset      which rows, closed over foreign keys; left_out: rows too few others look like
build       the new file, table by table
searching   where an original value may stand in it
measuring   how easily somebody is found in it; limits: what it must reach
making      built, checked, searched: what a copy and a database in its place share
proposal    rules where no policy has any: `propose_rules`
findings    what stands in the way; planning: what a plan is made from
copy        the operation that makes a copy: `plan_copy`, `make_copy`, `rehearse_copy`
in_place    the operation that changes the database itself: `plan_in_place`, `anonymize_in_place`
keys        `list_keys`, `destroy_key`
register    `list_releases`, `find_release`, `record_given`, `record_destroyed`; entry: how a copy gets into it
assess      `record`, `withdraw`: what a person says of a copy
"""
