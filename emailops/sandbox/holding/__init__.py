"""What the accounts hold: read from an accounts file, kept in memory and, if asked, in a file."""
