"""Migrations, one a release that changes a table."""
