"""emailops keeps the email configuration of a digital service in Git."""

__version__ = "0.1.0"
