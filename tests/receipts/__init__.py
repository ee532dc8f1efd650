"""Delivery receipts: what Notify posts, and what becomes of it."""
