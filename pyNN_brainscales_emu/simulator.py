"""State of the simulator: the clock, the network in the making, and the pipeline behind it."""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from pyNN import common
from pyNN.common.control import BaseState

from pyNN_brainscales_emu.description.bio_graph import BioGraph, Change, PlacementRequest
from pyNN_brainscales_emu.description.from_pynn import describe
from pyNN_brainscales_emu.errors import NetworkError, ParameterError
from pyNN_brainscales_emu.exclusive_use import exclusive
from pyNN_brainscales_emu.front_end_errors import CallbackError, CellAttributeError
from pyNN_brainscales_emu.options import Options
from pyNN_brainscales_emu.pipeline import Pipeline

name = "brainscales_emu"

ALL_CHANGES = ~Change.NOTHING
#: Changes of current, added up over cells, that are worked out at a time: some 100 MB.
_CURRENT_CHANGES = 2_000_000
#: Far beyond any run, and far below the 64 bits in which steps are counted.
_MOST_STEPS = 2**53
#: Methods of populations and views that users look for at single cells.
VIEWS_DO = ("record", "get_data", "write_data", "get_spike_counts", "mean_spike_count", "sample")


class ID(int, common.IDMixin):  # type: ignore[misc]
    """Number of a cell; knows its population. The first cell of a network has number 0.

    Attributes
    ----------
    parent : Population
        Kept alive by the session, not by its cells: these stand in an array of objects, which
        Python's garbage collector cannot look into.

    Raises
    ------
    NetworkError
        If the population is asked for, and is gone with the network that `setup()` has replaced.
    """

    _parent: weakref.ReferenceType[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        """Return a parameter of the cell; what populations do is done through a view of it."""
        if name in VIEWS_DO:
            raise CellAttributeError(
                f"A single cell has no {name}()",
                remedy=f"Use a view: population[0:1].{name}(...), or cell.as_view().{name}(...).",
            )
        return super().__getattr__(name)

    def inject(self, current_source: Any, location: str | None = None) -> None:
        """Inject a current into the cell; see `DCSource.inject_into`."""
        if location is None:
            self.as_view().inject(current_source)
        else:
            super().inject(current_source, location)

    def get_initial_value(self, variable: str) -> Any:
        """Return the initial value of a state variable."""
        return self.as_view().initial_values_of(variable)[0]

    def set_initial_value(self, variable: str, value: float) -> None:
        """Set the initial value of a state variable; see `Population.initialize`."""
        self.as_view().initialize_one(variable, value)

    @property
    def parent(self) -> Any:
        """The population of the cell."""
        population = None if self._parent is None else self._parent()
        if population is None:
            raise NetworkError(
                f"Cell {int(self)} belongs to a network that setup() has replaced",
                remedy="Build the network again after setup(), and take the cell from it.",
            )
        return population

    @parent.setter
    def parent(self, population: Any) -> None:
        object.__setattr__(self, "_parent", weakref.ref(population))

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        # In another process, or in a file, there is no population to belong to.
        return int, (int(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> ID:
        return self


@dataclass(eq=False)
class Session:
    """Everything that lives from one `setup()` to the next.

    Attributes
    ----------
    options : Options
    populations, projections, current_sources : list
        PyNN objects in the order of creation.
    current_window : (int, int)
        Time steps for which currents that change all the time are worked out.
    placement_requests : list of PlacementRequest
    change : Change
        What changed since the pipeline was last brought up to date.
    graph : BioGraph or None
        Description of the network; None as soon as something has changed.
    n_cells : int
    step_count : int
        Time steps since the last reset.
    is_mapped : bool
        Whether the pipeline's mapping is that of the present network.
    begin : datetime
        When the session began; one for all recordings, which files in NWB need.
    thread : str
        Name of the thread of Python that began it.
    """

    options: Options
    populations: list[Any] = field(default_factory=list)
    projections: list[Any] = field(default_factory=list)
    current_sources: list[Any] = field(default_factory=list)
    current_window: tuple[int, int] = (0, 0)
    placement_requests: list[PlacementRequest] = field(default_factory=list)
    change: Change = ALL_CHANGES
    graph: BioGraph | None = None
    n_cells: int = 0
    step_count: int = 0
    is_mapped: bool = False
    begin: datetime = field(default_factory=lambda: datetime.now(UTC))
    thread: str = field(default_factory=lambda: threading.current_thread().name)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The stages that run the network."""
        return new_pipeline(self.options)

    @property
    def has_run(self) -> bool:
        """Whether there is an emulation whose state can be looked at."""
        pipeline = self.__dict__.get("pipeline")
        return pipeline is not None and pipeline.emulation is not None

    def open_files(self) -> None:
        """Read the file of a mapping now, so that a bad one is told at once."""
        if self.options.mapping is not None:
            _ = self.pipeline

    def close(self) -> None:
        """Let go of all that is large: who still holds a population must not hold a mapping."""
        self.__dict__.pop("pipeline", None)
        self.graph = None
        self.projections, self.current_sources = [], []


class EndOfPlanning(BaseException):
    """Ends a script whose network is only mapped; no error, so scripts do not catch it as one."""


@dataclass
class Planning:
    """A script's network is mapped and does not run.

    Attributes
    ----------
    options : dict
        Options of `setup()` that win over those of the script.
    is_reached : bool
        Whether the script has come to its first run.
    """

    options: dict[str, Any]
    is_reached: bool = False


def new_pipeline(options: Options) -> Pipeline:
    """Return the stages for a new network."""
    return Pipeline(options)


class State(BaseState):  # type: ignore[misc]
    """The simulator's state as PyNN's common code expects it."""

    mpi_rank = 0
    num_processes = 1
    planning: Planning | None = None
    session: Session
    callback: str | None = None  # the name of the callback of run() that is being called

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(Options())
        self.clear()

    @exclusive("setup()")
    def clear(self, options: Options | None = None) -> None:
        """Forget the network and start a new one; the present one stays if a file is bad."""
        session = Session(options or Options())
        session.open_files()
        self.session.close()
        self.session = session
        # PyNN's labels for what has none count from 0 again: a network that is built twice is
        # the same one, and a mapping of it can be used again.
        common.Population._nPop = 0
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.segment_counter = 0
        self.running = False
        self.t_start = 0.0

    def refuse_in_callback(self, what: str) -> None:
        """Raise if a callback of `run` calls a function that would end the run's presentation.

        Raises
        ------
        CallbackError
        """
        if self.callback is not None:
            raise CallbackError(
                f"run(): callback {self.callback} calls {what}",
                remedy=f"Call {what} when run() has returned.",
            )

    def reset(self) -> None:
        """Return to time 0 and begin the next presentation.

        State variables take their initial values; parameters, weights and stimuli stay as they
        are set.
        """
        self.session.pipeline.reset()
        for source in self.session.current_sources:
            source.forget_past()
        if self.session.current_sources:
            self.mark(Change.CURRENTS)
        self.session.step_count = 0
        self.running = False
        self.segment_counter += 1

    def run(self, simtime: float) -> None:
        """Advance by a time in ms."""
        self.run_until(self.t + simtime)

    def run_until(self, tstop: float) -> None:
        """Advance to a time in ms, rounded to a whole number of time steps."""
        n_steps = self.steps("run(): time", tstop - self.t)
        self.check_before_run()
        last = self.step_count + n_steps
        for population in self.session.populations:
            population.want_spikes(last * self.dt)
        while True:
            window = self._steps_with_known_currents(last - self.step_count)
            self.want_currents(self.step_count, self.step_count + window)
            pipeline = self.up_to_date_pipeline()
            self.running = True
            try:
                pipeline.advance(window)
            finally:  # after Ctrl-C the clock shows how far the network got
                self.session.step_count = pipeline.step
            if self.step_count >= last:
                break

    def want_currents(self, first_step: int, last_step: int) -> None:
        """Have the currents that change all the time worked out for some time steps."""
        if any(source.changes_always for source in self.session.current_sources):
            self.session.current_window = (first_step, last_step)
            self.mark(Change.CURRENTS)

    def _steps_with_known_currents(self, n_steps: int) -> int:
        """Return how many of the next time steps go into one table of changing currents."""
        sources = [s for s in self.session.current_sources if s.changes_always]
        n_cells = sum(len(source.cells) for source in sources)
        return min(n_steps, max(1, _CURRENT_CHANGES // n_cells)) if n_cells else n_steps

    def steps(self, what: str, duration: float) -> int:
        """Return a duration in time steps.

        Raises
        ------
        ParameterError
            For NaN and infinity, and for more steps than can be counted.
        """
        if not math.isfinite(duration):
            raise ParameterError(what, value=duration, limit="a finite number of ms")
        n_steps = max(0, round(duration / self.dt))
        if n_steps > _MOST_STEPS:
            raise ParameterError(
                what, value=duration, limit=f"up to {_MOST_STEPS * self.dt:.3g} ms at a time"
            )
        return n_steps

    def check_before_run(self) -> None:
        """Raise if parameters do not go together; reading calls work without this.

        Raises
        ------
        InvalidParameterError
        EndOfPlanning
            If the network is only to be mapped.
        """
        for part in (*self.session.populations, *self.session.current_sources):
            part.check_before_run()
        if self.planning is not None:
            self.planning.is_reached = True
            self.write_on_end = []
            raise EndOfPlanning

    def readable_pipeline(self, last_cell: int = -1, projection: int = -1) -> Pipeline:
        """Return the pipeline for looking at values.

        Up to date, unless the network has changed in a way that must wait for the end of the
        running presentation: then as it runs.

        Parameters
        ----------
        last_cell, projection : int, optional
            Numbers of what is looked at; if these themselves are new, there is nothing to show.

        Raises
        ------
        RecordingError
            For a cell or projection made while a presentation is running.
        """
        session = self.session
        if session.change & (Change.STRUCTURE | Change.DELAYS):
            pipeline, graph = session.pipeline, describe(session)
            if pipeline.waiting_changes(graph, session.change) and pipeline.knows(
                last_cell, projection
            ):
                return pipeline
        return self.up_to_date_pipeline()

    def up_to_date_pipeline(self) -> Pipeline:
        """Return the pipeline after it has taken over all changes of the network."""
        session = self.session
        if session.change is not Change.NOTHING:
            session.pipeline.update(describe(session), session.change)
            self.note_update()
        return session.pipeline

    def mark(self, change: Change, session: Session | None = None) -> None:
        """Note a change of the network.

        Parameters
        ----------
        change : Change
        session : Session, optional
            The session of the changed object.

        Raises
        ------
        NetworkError
            If the object belongs to a network that `setup()` has replaced.
        """
        if session is not None:
            self.require_present(session, "this object")
        self.session.change |= change
        self.session.graph = None
        if change & Change.STRUCTURE:
            self.session.is_mapped = False

    def note_update(self) -> None:
        """Note that the pipeline has taken over all changes."""
        self.session.change = Change.NOTHING
        self.session.is_mapped = True

    def require_present(self, session: Session, owner: str) -> None:
        """Raise unless an object belongs to the present network."""
        if session is not self.session:
            in_thread = f" in thread {self.session.thread!r}"
            is_other = self.session.thread != session.thread
            raise NetworkError(
                f"{owner} belongs to a network that setup(){in_thread * is_other} has replaced",
                remedy="There is one network in a process: use processes instead of threads."
                if is_other
                else "Build the network again after setup().",
            )

    @property
    def options(self) -> Options:
        """The options of `setup()`."""
        return self.session.options

    @property
    def step_count(self) -> int:
        """Number of time steps since the last reset."""
        return self.session.step_count

    @property
    def t(self) -> float:
        """The time, ms."""
        return self.session.step_count * self.dt

    @property
    def dt(self) -> float:
        """The time step, ms."""
        return float(self.session.options.timestep)

    @property
    def id_counter(self) -> int:
        """Number of the next cell."""
        return self.session.n_cells

    @property
    def default_delay(self) -> float:
        """Delay of synapses for which none is given, ms."""
        asked = self.options.min_delay
        return self.dt if isinstance(asked, str) else float(asked)

    @property
    def min_delay(self) -> float:
        """The smallest delay, ms: as set up, or what the network asks for if ``'auto'``."""
        asked = self.options.min_delay
        return min(self._delays(np.min)) if isinstance(asked, str) else float(asked)

    @property
    def max_delay(self) -> float:
        """The largest delay, ms: as set up, or what the network asks for if ``'auto'``."""
        asked = self.options.max_delay
        return max(self._delays(np.max)) if isinstance(asked, str) else float(asked)

    def _delays(self, extreme: Callable[[Any], Any]) -> list[float]:
        """Return the extreme delay of each projection; the time step if there is none."""
        columns = (p.synapses.values["delay"] for p in self.session.projections if len(p))
        return [float(extreme(column)) for column in columns] or [self.dt]


state = State()
