"""Readers of every format of model.sight that was ever written."""
