"""PyNN's standard models on this back end: names, defaults and units are PyNN's own."""
