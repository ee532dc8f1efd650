"""Scanners: what must not be there, in code, in dumps and in databases, judged against what is declared."""
