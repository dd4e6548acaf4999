"""Networks of our own, made as timm makes its: features, then a head."""
