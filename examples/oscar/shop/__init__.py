"""A shop on django-oscar."""
