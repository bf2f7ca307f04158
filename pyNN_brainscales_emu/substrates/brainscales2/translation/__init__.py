"""From biological parameters to settings of the chip, and to what its circuits make of them."""
