"""
PromQL as a tree that can only print valid PromQL, and a reader of users' queries.

The reader is apart, in `sloctl.promql.parse`, so that writing rules does not load a parser.
"""
