"""The Releases page: what the command line tells, for people with a browser.

It only reads, with the rights of its own ServiceAccount. An order is given as the Kubernetes user whom the
operator that is signed in stands for, by impersonation: the API server decides what they may do, not we.
`python -m canary.page` runs it.
"""
