"""The command line `canary`: verbs are thin shells over plain functions; streams and clock come in."""
