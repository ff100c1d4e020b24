"""Folder runs over several machines: batches of images go to dask workers, plain records come back."""
