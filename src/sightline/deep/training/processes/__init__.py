"""One training in several processes, which learn what one does."""
