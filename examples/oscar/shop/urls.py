"""No pages: only the database is needed."""

from __future__ import annotations

urlpatterns: list[object] = []
