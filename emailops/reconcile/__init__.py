"""The shell around the pure parts: observe, plan, apply, adopt."""
