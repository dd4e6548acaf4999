"""Networks in torch: what is trained and exported here runs everywhere without it."""
