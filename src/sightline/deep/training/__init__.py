"""Training networks: batches, layers and the loop that every kind of training is made of."""
