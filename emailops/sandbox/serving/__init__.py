"""The transport: HTTP in and out, and what may happen to a request on its way. It knows neither provider."""
