"""What is searched with: pictures of both parts, folds, rungs, the time and what was answered before."""
