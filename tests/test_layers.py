import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A module imports only from floors below its own.
FLOORS = (
    {"types", "errors"},
    {"config", "text", "cleaning", "quality", "fetch", "feeds", "feedback", "access", "logs", "metrics", "tracing"}
    | {"stopping", "ahead", "breaker"},
    {"byline", "copies", "directions"},
    {"figures", "thesaurus", "turns", "articles", "chunking", "embedding", "ledger", "vectors", "lexical", "nearby"}
    | {"models", "citations", "suspicion", "verbatim"},
    {"confined"},
    {"store", "uploads", "question", "prompt", "intake", "subquestions", "attribution", "timing", "crossencoder"}
    | {"sources"},
    {"kinds", "stance", "rerank", "nli", "ways", "occasions"},
    {"demands"},
    {"retrieval", "evidence", "verify", "frames", "premises", "whereabouts", "ingestion", "cluster"},
    {"said", "measures"},
    {"telling"},
    {"fit"},
    {"claims", "topics"},
    {"compare"},
    {"answerable"},
    {"extract"},
    {"answers"},
    {"written", "coverage", "timeline"},
    {"proposals", "suggestions"},
    {"pipeline"},
    {"asking", "command", "watch", "phrases", "revisions"},
    {"footnotes", "library", "doctor"},
    {"tools", "llamaindex"},
    {"api", "ui", "cli"},
    {"app", "ingest", "__main__", "evals"},
)
# Each library is imported by these modules alone.
DOORS = {
    "charset_normalizer": {"articles"},
    "chromadb": {"vectors"},
    "dateparser": {"byline"},
    "docx": {"articles"},
    "fastapi": {"api", "ui", "app", "evals"},  # a page is mounted on an application, and that is served
    "fastwarc": {"articles"},
    "feedparser": {"feeds"},
    "frontmatter": {"articles"},
    "gradio": {"ui", "evals"},
    "h11": {"api"},
    "httpcore": {"vectors"},  # chromadb speaks through these two
    "httpcore2": {"models", "fetch"},  # openai speaks through these two
    "httpx": {"vectors"},
    "httpx2": {"models"},
    "ir_measures": {"evals"},
    "limits": {"access"},
    "llama_index": {"chunking", "llamaindex"},
    "lxml": {"articles", "feeds"},
    "mcp": {"tools"},
    "onnx": {"embedding", "evals"},  # of bare products a graph is made, and timed
    "onnxruntime": {"embedding", "crossencoder", "evals"},
    "openai": {"models"},
    "opentelemetry": {"tracing"},
    "packaging": {"doctor"},
    "prometheus_client": {"metrics"},
    "protego": {"fetch"},
    "pydantic": {"config", "confined", "asking", "doctor", "tools", "api", "ui"},
    "pydantic_settings": {"config"},
    "pypdf": {"articles"},
    "ray": {"cluster"},
    "sacrebleu": {"evals"},
    "sqlite3": {"ledger"},
    "starlette": {"api", "ui"},
    "Stemmer": {"text"},
    "tantivy": {"lexical"},
    "tokenizers": {"embedding", "crossencoder"},
    "tqdm": {"ingest", "evals"},
    "trafilatura": {"articles"},
    "typing_extensions": {"api"},  # the TypedDict that pydantic asks for
    "uvicorn": {"api", "app", "evals"},
    "yaml": {"articles"},
}
EVERYWHERE = {"numpy"}  # arrays are values, as numbers are


def files() -> dict[str, list[Path]]:
    """The files of each module: one, or those of a folder; `evals` counts as one module."""
    # What is measured beside the product runs in an environment of its own.
    own = [path for path in sorted(ROOT.glob("evals/**/*.py")) if path.parent.name != "peers"]
    found = {"evals": own, "app": [ROOT / "app.py"], "ingest": [ROOT / "ingest.py"]}
    for path in sorted((ROOT / "rag").iterdir()):
        if path.is_dir() and (path / "__init__.py").exists():
            found[path.name] = sorted(path.glob("*.py"))
        elif path.suffix == ".py" and path.stem != "__init__":
            found[path.stem] = [path]
    return found


def imported(path: Path) -> set[str]:
    """Every dotted name that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} line {node.lineno}: write the whole name of what is imported"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules_imported(module: str) -> set[str]:
    """The other modules of this repository that a module's files import."""
    parts = [name.split(".") for path in files()[module] for name in imported(path)]
    inner = {rest[0] for top, *rest in parts if top == "rag" and rest}
    return (inner | {top for top, *_ in parts if top in {"evals", "app", "ingest"}}) - {module}


def libraries_imported(module: str) -> set[str]:
    """The top-level names that a module's files import, but for the plain standard library and our own."""
    tops = {name.split(".")[0] for path in files()[module] for name in imported(path)}
    return {top for top in tops if top in DOORS or top not in sys.stdlib_module_names} - {
        "rag",
        "evals",
        "app",
        "ingest",
    }


def floor(module: str) -> int:
    floors = [number for number, modules in enumerate(FLOORS) if module in modules]
    assert len(floors) == 1, f"{module}.py: give it a place on one floor, here and in DESIGN.md"
    return floors[0]


@pytest.mark.parametrize("module", sorted(files()))
def test_a_module_imports_only_from_floors_below(module: str):
    assert {other for other in modules_imported(module) if floor(other) >= floor(module)} == set()


def test_the_parts_of_a_module_are_imported_by_nobody_else():
    parts = {
        f"rag.{module}.{path.stem}": module for module, paths in files().items() for path in paths if len(paths) > 1
    }
    strangers = {
        (path.name, name)
        for module, paths in files().items()
        for path in paths
        for name in imported(path)
        if (part := ".".join(name.split(".")[:3])) in parts and parts[part] != module
    }
    assert strangers == set()


@pytest.mark.parametrize("module", sorted(files()))
def test_a_library_is_imported_at_its_door_alone(module: str):
    libraries = libraries_imported(module) - EVERYWHERE
    assert {library for library in libraries if library not in DOORS} == set(), "a library without a door"
    assert {library for library in libraries if module not in DOORS[library]} == set()


def test_no_import_comes_round_to_where_it_started():
    TopologicalSorter({module: modules_imported(module) for module in files()}).prepare()


def test_the_nouns_and_the_errors_need_only_the_standard_library():
    assert libraries_imported("types") | libraries_imported("errors") == set()
    assert modules_imported("types") | modules_imported("errors") == set()


def test_nothing_but_the_settings_reads_the_environment():
    readers = {
        module
        for module, paths in files().items()
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }
    assert readers <= {"config"}


@pytest.mark.parametrize(
    "slow",
    [
        "gradio",
        "llama_index",
        "openai",
        "ray",
        "fastapi",
        "torch",
        "onnx",
        "trafilatura",
        "httpcore2",
        "protego",
        "feedparser",
    ],
)
def test_the_command_line_starts_without_what_it_does_not_need(slow: str, loaded_by_the_command_line: set[str]):
    assert slow not in loaded_by_the_command_line


@pytest.fixture(scope="module")
def loaded_by_the_command_line() -> set[str]:
    program = "import sys, ingest, rag.__main__, rag.library; print(*{name.split('.')[0] for name in sys.modules})"
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(process.stdout.split())


@pytest.mark.parametrize("unneeded", ["articles", "sources", "confined", "feeds", "quality", "ingestion", "verify"])
def test_a_question_is_answered_without_what_reads_articles_and_what_checks_a_model(
    unneeded: str, loaded_to_ask_offline: set[str]
):
    assert unneeded not in loaded_to_ask_offline


@pytest.fixture(scope="module")
def loaded_to_ask_offline(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Modules of ours that are there once a library without a model was opened and asked."""
    program = (
        "import sys; from rag import Library\n"
        "from rag.config import Settings\n"
        "with Library(sys.argv[1], settings=Settings(_env_file=None)) as library: library.ask('Who is here?')\n"
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('rag.')})"
    )
    folder = str(tmp_path_factory.mktemp("library"))
    process = subprocess.run(
        [sys.executable, "-c", program, folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(process.stdout.split())
