"""What people are shown of a release, whoever shows it: the command line, or the page.

Words, rows and figures of one view; no terminal here, no HTML, and nothing that reads or writes.
"""
