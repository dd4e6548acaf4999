"""What the data can tell before anything is learned from it."""
