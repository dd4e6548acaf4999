"""Making the best better: other parameters, other views, cheaper decoding, several together."""
