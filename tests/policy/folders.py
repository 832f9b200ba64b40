"""A small privacy folder without a fault, which tests change one file of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

POLICY = """---
title: Privacy policy of Example
version: "3"
effective: 2026-01-01
---

We make promises.

---
id: "1.1"
version: 1
effective: 2026-01-01
---
## What we collect

Names and addresses.

---
id: "5.2"
version: 2
effective: 2026-01-01
title: How long we keep telemetry
---

Twelve months.
"""
PROMISES = """clauses:
  "1.1":
    owner: data engineering
    promises:
      - promise: documented
      - promise: categories
        allowed: [user.contact, user.unique_id]
  "5.2":
    promises:
      - promise: retention
        keep: 12 months
        purposes: [telemetry]
"""
PURPOSES = """purposes:
  telemetry:
    title: Keeping the service fast
    bases: [legitimate-interests]
    assessment: {on: 2025-11-03, by: privacy officer, record: records/telemetry.md}
  service:
    title: The service itself
    bases: [contract]
    bases_in: {in: [consent]}
"""
APP = """store: app
region: eu
tables:
  accounts:
    what: One row for each account.
    subject: {kind: account, key: id}
    purposes: [service]
    source: integration
    integration: crm
    retention:
      keep: 24 months
      after: closed_at
      open_while: {status: [active, 1]}
      at_least: {keep: 6 years, law: a tax law}
      then: anonymise
    fields:
      email: {category: user.contact.email, erasure: anonymise}
  events:
    what: One row for each use of a feature.
    links:
      - {column: account_id, to: app.accounts.id}
    purposes: [telemetry]
    retention: {keep: 12 months, after: closed_at, via: account_id}
    fields:
      account_id: {category: user.unique_id.pseudonymous}
not_personal: ["migrations*"]
"""
SETTINGS = """safety_share = 0.1

[company]
name = "Example"
contact = "privacy@example.org"
jurisdictions = ["eu", "in"]
owner = "privacy lead"

[stores.app]
url = "env:APP_DATABASE_URL"
timeout = "30 days"

[integrations.crm]
authorised_by = "customer"
authorised_on = 2025-01-31

[[transfers]]
origin = "eu"
destination = "us"
mechanism = "standard-contractual-clauses"
record = "records/transfers.md"
"""
HOLDS = """holds:
  matter-7:
    ground: a lawsuit
    owner: counsel
    placed: 2026-01-10
    review: 2026-07-10
    tables: [app.accounts]
    subjects: {app.accounts.id: [17, "0042"]}
"""
PROCESSORS = """processors:
  posts:
    name: Posts Ltd
    what: Delivers letters.
    purposes: [service]
    categories: [user.contact.email]
    region: us
    since: 2026-01-10
    safeguard: standard contractual clauses
    agreement: https://example.com/posts
"""

GOOD: Mapping[str, str] = {
    "policy.md": POLICY,
    "promises.yaml": PROMISES,
    "purposes.yaml": PURPOSES,
    "map/app.yaml": APP,
    "kept.toml": SETTINGS,
    "holds.yaml": HOLDS,
    "processors.yaml": PROCESSORS,
}


def write_folder(path: Path, files: Mapping[str, str | bytes | None]) -> Path:
    """Write the good files, with some of them replaced, or left out where None."""
    for name, content in {**GOOD, **files}.items():
        if content is not None:
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
