"""The machines: each a folder of its own, which neutral code does not name."""
