"""One module a page: parse what was asked, ask those who know, render."""
