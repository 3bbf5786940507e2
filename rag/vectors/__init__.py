"""The vector index: passage ids and vectors in a Chroma collection, compared by cosine. The door of chromadb.

`Vectors` is a collection in a folder of this machine, `Collection` one on a `Server`; both answer the same questions.
"""

from rag.vectors.collection import MOST as MOST
from rag.vectors.collection import Collection as Collection
from rag.vectors.collection import Note as Note
from rag.vectors.embedded import BATCH as BATCH
from rag.vectors.embedded import DATABASE as DATABASE
from rag.vectors.embedded import Vectors as Vectors
from rag.vectors.server import Server as Server
