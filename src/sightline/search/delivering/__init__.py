"""From the winner to model.sight, measured, with everything told about it."""
