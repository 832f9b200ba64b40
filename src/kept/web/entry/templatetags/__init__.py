"""Tags of coming in. Built in: no template loads them."""
