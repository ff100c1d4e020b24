"""What the verbs about coils are made of: inputs, the scan, what is shown, rendered coils."""
