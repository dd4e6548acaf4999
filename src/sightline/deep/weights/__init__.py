"""Weights that networks begin with: where they are, what they belong to, and how they are found again."""
