"""A company's Django project that seals what it holds about people. `tests/vault/test_django.py` runs its checks."""
