"""How good, how fast, how large; and the page that says so."""
