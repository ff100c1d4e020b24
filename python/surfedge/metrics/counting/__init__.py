"""What the metrics count on: scores sorted into levels, pixels into bins, images into bootstrap samples."""
