"""The pictures that a mapping can draw of itself. Matplotlib is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pyNN_brainscales_emu.hardware.coordinates import HICANNOnWafer
    from pyNN_brainscales_emu.mapping.results import MappingResult


class MappingPictures:
    """Pictures of a `MappingResult`.

    All return the Matplotlib figure, to be shown in a notebook or saved with
    ``figure.savefig(path)``; pyplot does not come into it.
    """

    def plot_wafer(
        self, colour: str = "use", routes: Any = "none", region: str = "wafer", ax: Any = None
    ) -> Any:
        """Draw the HICANNs of the wafer in their places, coloured by one quantity.

        Parameters
        ----------
        colour : {'use', 'neurons', 'synapses', 'loss', 'drivers'}
            Share of the denmems in use (default); number of logical neurons; share of the
            hardware synapses in use; share of the synapses onto a HICANN's neurons that is lost;
            share of the synapse drivers in use.
        routes : {'none', 'all'}, cell, Population, PopulationView, Assembly or cell index
            Layer-1 lines to draw, bus by bus from the sending repeater to the synapse drivers:
            those that carry the events of these cells.
        region : {'wafer', 'used'}
            The whole wafer, or only the reticles in use; HICANNs have their numbers then.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        OptionError
            For an unknown quantity, region or word for the routes, and for an `ax` that is none.
        PlacementError
            For cells that the mapped network does not have.
        DataError
            If Matplotlib is not installed.
        """
        from pyNN_brainscales_emu.mapping.pictures.wafer import plot_wafer

        return plot_wafer(cast("MappingResult", self), colour, routes, region, ax)

    def plot_hicann(
        self,
        coordinate: HICANNOnWafer | int,
        digital_weights: Sequence[NDArray[Any]] | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw one HICANN: denmems, synapse arrays, synapse drivers, and the buses in use.

        The arrays lie as on the chip: rows 0 to 223 above the two rows of denmems, rows 224 to
        447 below. The width of buses and drivers is not to scale.

        Parameters
        ----------
        coordinate : HICANNOnWafer or int
        digital_weights : sequence of (n,) int arrays, optional
            Digital weight (0 to 15, -1: off) of every synapse of every projection, as
            ``sim.hardware_config().synapses.digital`` has them. Without them synapses are coloured
            by their sign.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        PlacementError
            If the wafer has no such HICANN, or the weights are not those of this network.
        OptionError
            For an `ax` that is none.
        DataError
            If Matplotlib is not installed.
        """
        from pyNN_brainscales_emu.mapping.pictures.hicann import plot_hicann

        return plot_hicann(cast("MappingResult", self), coordinate, digital_weights, ax)

    def plot_synapse_loss(self, projection: Any = None, figure: Any = None) -> Any:
        """Draw realised against lost synapses, by the reason of the loss.

        Parameters
        ----------
        projection : Projection or int, optional
            For a projection: the connection matrix and the reasons. As a mapping does not know
            who is connected to whom, there is no matrix for the number of a projection. By
            default all projections, a bar each.
        figure : matplotlib.figure.Figure or SubFigure, optional
            An empty one to draw in; by default a new one.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        PlacementError
            For a projection that the mapped network does not have.
        OptionError
            For a `figure` that is none.
        DataError
            If Matplotlib is not installed.
        """
        from pyNN_brainscales_emu.mapping.pictures.synapse_loss import plot_synapse_loss

        return plot_synapse_loss(cast("MappingResult", self), projection, figure)
