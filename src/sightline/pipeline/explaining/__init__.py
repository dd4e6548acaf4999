"""Why a model answers as it does: where it looked, what spoke, and how much."""
