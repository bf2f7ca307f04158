"""Scripts in the documents print what stands below them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def first_script(document):
    """Return the first script of a document and the output that stands below it, as lines."""
    pattern = r"```python\n(import .*?)```.*?```text\n(.*?)```"
    script, output = re.search(pattern, (ROOT / document).read_text(), re.DOTALL).groups()
    return script, output.splitlines()


def words(line):
    """Return the words of a line, without its numbers."""
    return [word for word in line.split() if not re.search(r"\d", word)]


@pytest.mark.parametrize("document", ["README.md", "docs/quickstart.md"])
def test_a_script_prints_what_the_document_says(document, capsys):
    script, documented = first_script(document)
    exec(compile(script, document, "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    n_documented, n_printed = (int(lines[0].split()[0]) for lines in (documented, printed))
    # Floating-point arithmetic of another processor moves a few spikes.
    assert n_printed == pytest.approx(n_documented, rel=0.02)
    remaining = iter([words(line) for line in printed])
    for line in documented:
        if line != "...":
            assert words(line) in remaining, line
