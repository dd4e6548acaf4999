"""What may happen to a picture in operation, as pure functions of a stated strength; drawn at random for training."""
