"""The whole declared model, resolved: stages, keys, audiences, routes, templates, consumers, settings. Pure."""
