"""One file per material; each function builds a Scene from a random stream."""
