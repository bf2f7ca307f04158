"""Training with the (emulated) hardware in the loop; uses the public API and Neo data only."""
