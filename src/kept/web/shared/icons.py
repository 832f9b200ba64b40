"""Icons, drawn on a grid of 24 by 24 with one line width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ICONS", "MARKS"]

ICONS: Final[Mapping[str, str]] = {
    "seal": '<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.3l3.1 3.1 6-6.6"/>',
    "arrow": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.4l3.4 2"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
    "key": '<circle cx="8" cy="15.5" r="4.2"/><path d="M11.2 12.5L20 4M16.5 7.4l2.6 2.6"/>',
    "download": '<path d="M12 3.5v11.5M7 10.5l5 5 5-5M4 20.5h16"/>',
    "bin": '<path d="M4 6.5h16M9.5 6.5V4h5v2.5M6.5 6.5l1 14h9l1-14"/>',
    "device": '<rect x="3" y="4.5" width="18" height="12" rx="1.5"/><path d="M8.5 20.5h7M12 16.5v4"/>',
    "link": '<path d="M9.5 14.5l5-5M11 7l2.2-2.2a4 4 0 0 1 5.6 5.6L16.5 12.7M13 17l-2.2 2.2a4 4 0 0 1-5.6-5.6L7.5 11.3"/>',
    "store": '<ellipse cx="12" cy="5.5" rx="8" ry="3"/><path d="M4 5.5v13c0 1.7 3.6 3 8 3s8-1.3 8-3v-13M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.6-4 3.8-6.5 8-6.5s7.4 2.5 8 6.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "letter": '<rect x="3" y="5" width="18" height="14" rx="1.5"/><path d="M3.5 6.5l8.5 6.5 8.5-6.5"/>',
    "choice": '<rect x="2.5" y="7" width="19" height="10" rx="5"/><circle cx="16.5" cy="12" r="2.8"/>',
    "box": '<path d="M3.5 8L12 3.5 20.5 8v8.5L12 21l-8.5-4.5zM3.5 8l8.5 4.5L20.5 8M12 12.5V21"/>',
    "receipt": '<path d="M5.5 3.5h13v17l-2.6-1.7-2 1.7-2-1.7-2 1.7-2-1.7-2.4 1.7zM9 8.5h6M9 12.5h6"/>',
    "plan": '<path d="M9.5 6h11M9.5 12h11M9.5 18h11M3.5 6l1.2 1.2L7 4.8M3.5 12l1.2 1.2L7 10.8M3.5 18l1.2 1.2L7 16.8"/>',
    "shield": '<path d="M12 3l7.5 3v5.5c0 4.7-3.2 8-7.5 9.5-4.3-1.5-7.5-4.8-7.5-9.5V6z"/>',
    "pause": '<circle cx="12" cy="12" r="9"/><path d="M9.8 8.5v7M14.2 8.5v7"/>',
    "settings": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>',
}

MARKS: Final[Mapping[str, str]] = {
    "kept": '<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.3l3.1 3.1 6-6.6"/>',
    "broken": '<path d="M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z"/><path d="M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4"/>',
    "unknown": '<path d="M12 2.6L21.4 12 12 21.4 2.6 12z"/><path d="M9.7 9.8a2.3 2.3 0 1 1 3.3 2.2c-.7.3-1 .8-1 1.5M12 16.2v.1"/>',
}
"""A mark is told apart by its shape as well as by its colour: circle, octagon, diamond."""
