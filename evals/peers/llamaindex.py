"""The starter of LlamaIndex's documentation, as a worker of `python -m evals speed`, in an environment of its own.

Its sentence splitter at 256 tokens with 32 of overlap, its HuggingFaceEmbedding on torch over the weights that the
product uses, its Chroma store, and its fusion of vectors and BM25 by reciprocal rank without a language model. Titles,
outlets and dates are metadata, which it embeds with each passage. `python llamaindex.py FOLDER WEIGHTS` answers
JSON lines as `evals/speed/product.py` does, and is no part of the product: nothing imports it.
"""

import json
import os
import sys
from pathlib import Path

TOP = 10
SPLIT, OVERLAP = 256, 32


def main(folder: Path, weights: Path) -> None:
    """Answer what comes on standard input until it ends."""
    os.environ.update({"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "TOKENIZERS_PARALLELISM": "false"})
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no reply
    import chromadb
    from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
    from llama_index.core.llms import MockLLM
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.chroma import ChromaVectorStore

    Settings.llm = MockLLM()
    model = HuggingFaceEmbedding(model_name=str(weights))
    model.get_query_embedding("ready")
    collection = chromadb.PersistentClient(path=str(folder)).get_or_create_collection("articles")
    store = ChromaVectorStore(chroma_collection=collection)
    storage = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex([], storage_context=storage, embed_model=model)
    splitter = SentenceSplitter(chunk_size=SPLIT, chunk_overlap=OVERLAP)
    nodes = []
    retriever = None

    def say(reply: dict) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    say({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "take":
            documents = [
                Document(
                    text=one["text"],
                    metadata={name: one[name] for name in ("title", "outlet", "published_at") if one.get(name)},
                )
                for one in asked["articles"]
            ]
            new = splitter.get_nodes_from_documents(documents)
            index.insert_nodes(new)
            nodes += new
            say({"passages": len(new)})
        elif asked["do"] == "finish":
            words = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=TOP)
            retriever = QueryFusionRetriever(
                [index.as_retriever(similarity_top_k=TOP), words],
                similarity_top_k=TOP,
                num_queries=1,
                mode="reciprocal_rerank",
                use_async=False,
            )
            say({})
        else:
            found = retriever.retrieve(asked["question"])
            say({"texts": [hit.node.get_content() for hit in found]})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
