"""The pages and the API: no models and no rules of their own, thin views over `kept.db.actions` and `kept.db.access`."""
