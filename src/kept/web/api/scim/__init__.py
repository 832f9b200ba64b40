"""SCIM 2.0 (RFC 7643, 7644): joiners and leavers among the staff, from the company's directory."""
