"""The tasks of ``surfedge data``, one file each."""
