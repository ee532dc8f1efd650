"""What people set out to do, a file each: every command that is more than one question."""
