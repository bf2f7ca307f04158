"""Which cell types of PyNN the circuits can be."""

from typing import Final

#: Without and with the terms of the AdEx model.
LIF_TYPES: Final = ("IF_cond_exp",)
ADEX_TYPES: Final = ("EIF_cond_exp_isfa_ista",)
WAFER_CELL_TYPES: Final = LIF_TYPES + ADEX_TYPES
