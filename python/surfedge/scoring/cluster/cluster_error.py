"""The error for machines that cannot be reached, may not take part, or are gone."""

from __future__ import annotations

from surfedge.errors import SurfedgeError


class ClusterError(SurfedgeError):
    """The cluster cannot be reached, has no worker that may take part, or was lost; what was done is kept."""
