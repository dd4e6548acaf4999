"""The classical approach: descriptors, summaries and classifiers that need neither a GPU nor a download."""
