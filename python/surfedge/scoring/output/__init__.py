"""What a run leaves in its folder: tables, pictures, the report, each file whole or not at all."""
