"""What leaves a coil: tables and JSON lines in its folder, messages to whoever listens. A file for each kind."""
