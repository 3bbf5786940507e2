"""Archives too large for one machine: files are read, and their sentences embedded, by the workers of a cluster.

    with cluster.connected() as workers:      # Ray's, or any that do `work`
        reading = cluster.Reading(workers, embedder, settings)
        Pipeline(settings, embedder=embedder, reading=reading.items).ingest(["/archive"])

The caller alone knows the library and writes to it, by the very steps of an ordinary run, so that an article enters
once however often a worker was asked for it, and what a run that was cut off had put is not embedded again by the
next. Only that the vectors of what is read are in the embedder's memory before they are asked for is done here; what is
missing there is embedded by the caller. Workers need the same files at the same paths, and the same version.
"""

from rag.cluster.rays import connected as connected
from rag.cluster.reading import Reading as Reading
from rag.cluster.work import Embedded as Embedded
from rag.cluster.work import Job as Job
from rag.cluster.work import Read as Read
from rag.cluster.work import Share as Share
from rag.cluster.work import Workers as Workers
