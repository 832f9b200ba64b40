"""How people and staff come in: sign-in, second factors, the company's sign-on, and hand-over from its application."""
