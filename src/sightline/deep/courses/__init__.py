"""What a network is taken through: from nothing, from weights, by a teacher, with few labels or with none."""
