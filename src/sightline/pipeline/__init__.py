"""The tree that answers, the model that ships, and the file it lives in."""
