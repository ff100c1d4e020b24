"""Work that takes a worker for itself, such as a training: handed out one by one, again when its worker goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from surfedge import errors
from surfedge.errors import SurfedgeError
from surfedge.progress import Progress, silent
from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.cluster.job_report import ERROR
from surfedge.scoring.cluster.messages import unpacked
from surfedge.scoring.cluster.tasks import Answered, Batch, Task, Tasks
from surfedge.scoring.cluster.workers import Workers

Done = dict[str, bytes] | SurfedgeError
"""Files by name, or what went wrong."""


class Jobs:
    """Jobs that are not images. say : takes one line about a worker that cannot do one.

    progress : is told how far a job is; of several at once the one that speaks last is shown.
    """

    def __init__(self, workers: Workers, task: Task, say: Callable[[str], None], progress: Progress = silent) -> None:
        self._workers, self._say, self._progress = workers, say, progress
        self._tasks = Tasks(workers, task, are_whole=True)

    def run(self, messages: Sequence[bytes]) -> Iterator[tuple[int, Done]]:
        """(number of the job, what came of it), as they end; raises ClusterError when the cluster is lost."""
        waiting = deque(Batch([number], message) for number, message in enumerate(messages))
        client, topic = self._workers.client, self._workers.name
        client.subscribe_topic(topic, lambda event: self._progress(*event[1]))
        try:
            while waiting or len(self._tasks):
                while waiting and not self._tasks.is_full:
                    self._tasks.start(waiting.popleft())
                answered = self._tasks.next(0.25)
                if answered is None:
                    continue
                if self._is_for_another(answered):
                    waiting.appendleft(answered.batch)
                else:
                    yield answered.batch.wanted[0], _done(answered)
        finally:
            self._tasks.finished()
            if client.status == "running":
                client.unsubscribe_topic(topic)

    def _is_for_another(self, answered: Answered) -> bool:
        """Whether the worker could not read what the job needs, and there is one that was not asked yet."""
        why = answered.report.answers[0].unreadable if answered.report else ""
        if not why:
            return False
        self._say(f"worker {', '.join(sorted(answered.by))} cannot do it: {why}")
        answered.batch.refused_by |= answered.by
        return bool(self._workers.admitted.keys() - answered.batch.refused_by)


def _done(answered: Answered) -> Done:
    if answered.report is None:
        expected, remedy = "one that stays", "look at its log and its memory, or run it without --cluster"
        return ClusterError("job", found="that its worker ended, several times", expected=expected, remedy=remedy)
    answer = answered.report.answers[0]
    if answer.unreadable:
        remedy = "mount the folders of the data at the same place on every machine"
        return ClusterError("data", found=answer.unreadable, expected="the files of this machine", remedy=remedy)
    if ERROR in answer.files:
        kind, name, found, expected, remedy = unpacked(answer.files[ERROR])
        known = getattr(errors, kind, SurfedgeError)
        is_one = isinstance(known, type) and issubclass(known, SurfedgeError)
        return (known if is_one else SurfedgeError)(name, found=found, expected=expected, remedy=remedy)
    return dict(answer.files)
