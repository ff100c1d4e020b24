"""What `surfedge generate` is made of: labelled regions found, images made, the set and its table written."""
