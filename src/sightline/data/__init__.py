"""A labelled collection: what is in it, how it is read, divided and kept."""
