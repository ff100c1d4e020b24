"""What a network is shown while it learns: batches that depend on (seed, epoch, number) alone."""
