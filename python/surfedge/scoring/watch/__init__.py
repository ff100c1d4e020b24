"""Images that arrive while the run goes on."""
