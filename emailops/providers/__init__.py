"""Reading and writing one provider's resources: readers refuse all but GET, a writer is made by apply only."""
