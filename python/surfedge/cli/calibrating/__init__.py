"""What the verb calibrate is made of: its options, what it starts from, how it ends."""
