"""Writers: one model, several forms. The only place that prints."""
