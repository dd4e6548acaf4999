"""Networks that know texts as well as pictures: what a class is called is enough to tell its pictures."""
