"""The staff's pages: the board of promises, the map, plans, the ledger, requests."""
