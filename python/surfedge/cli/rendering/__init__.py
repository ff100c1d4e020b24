"""What the verbs that render a coil have in common."""
