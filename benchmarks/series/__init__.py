"""How the models do on public series that somebody else recorded: a look at reality, not a goal."""
