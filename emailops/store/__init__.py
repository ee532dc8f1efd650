"""Files: the declared state with positions, schemas, plans, and writing atomically."""
