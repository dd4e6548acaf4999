"""Candidates, what they are compared with and by, and the race among them."""
