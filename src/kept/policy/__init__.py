"""What was promised: prose with clause ids, promises, purposes, the data map; read with line numbers."""
