"""What people ask: what happens to this mail, where does this value come from, what is mine to do. Pure."""
