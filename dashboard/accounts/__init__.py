"""People: who they are, what their role lets them do, and how they prove it.

`tables` is what is stored, `people` adds and changes, `sessions` signs in and out. Nothing here knows of
pages. `python -m dashboard.accounts` is for whoever looks after the installation.
"""
