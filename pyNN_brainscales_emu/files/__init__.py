"""Files of this package: written whole or not at all, and checked as data from outside."""
