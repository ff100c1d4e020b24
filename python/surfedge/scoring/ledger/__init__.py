"""What became of each image: small records, and the SQLite ledger that keeps them."""
