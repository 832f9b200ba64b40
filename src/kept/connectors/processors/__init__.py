"""Asking a company's processors to do their part of a right, and keeping what they acknowledge (GDPR Art. 17(2), 19, 28(3)(e)).

One file for each way of asking, found by scanning. A processor is no store: no URL of a store leads here.
"""

from .orders import Acknowledgement, Correction, Evidence, Identifier, Order, Processor, State, recorded
from .registry import Surroundings, Way, connect, ways

__all__ = [
    "Acknowledgement",
    "Correction",
    "Evidence",
    "Identifier",
    "Order",
    "Processor",
    "State",
    "Surroundings",
    "Way",
    "connect",
    "recorded",
    "ways",
]
