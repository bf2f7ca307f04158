"""Stage 4: the experiment as flat arrays; knows nothing of wafers."""
