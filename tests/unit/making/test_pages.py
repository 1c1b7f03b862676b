from __future__ import annotations

from docs.making.outputs import holds, shape
from docs.making.pages import Block, blocks, prose, with_texts

PAGE = """\
# Title

<!-- file: a.yaml -->
```yaml
version: 1
```

```sh
cp a b && sklpar check a.yaml   # no fit
sklpar tune \\
  a.yaml
```

<!-- made by: sklpar show | first second -->
```text
old
```
`end`
"""


def shown(text: str, command: str) -> Block:
    (block,) = blocks(f"<!-- made by: {command} -->\n```text\n{text}\n```\n")
    return block


def test_a_block_knows_where_it_comes_from() -> None:
    file, shell, made = blocks(PAGE)
    assert (file.kind, file.source, file.text) == ("file", "a.yaml", "version: 1\n")
    assert (shell.kind, made.kind) == ("", "made by")
    assert (made.source, made.runs) == ("sklpar show", ("first", "second"))


def test_commands_are_taken_one_by_one_without_comments() -> None:
    shell = blocks(PAGE)[1]
    assert shell.commands == ("cp a b", "sklpar check a.yaml", "sklpar tune    a.yaml")


def test_only_the_block_that_is_named_is_replaced() -> None:
    made = blocks(PAGE)[2]
    assert with_texts(PAGE, {made.line: "new\nlines\n"}) == PAGE.replace("old", "new\nlines")


def test_prose_has_no_code_block_in_it() -> None:
    assert "`end`" in prose(PAGE)
    assert "version: 1" not in prose(PAGE)


def test_the_output_of_a_stored_run_is_held_to_the_letter() -> None:
    block = shown("took 1.5 s", "sklpar show | run")
    assert holds(block, "took 1.5 s\n")
    assert not holds(block, "took 1.6 s\n")


def test_what_differs_from_machine_to_machine_is_held_in_its_structure() -> None:
    block = shown("OpenBLAS 0.3.30 with 2 threads (libopenblas-6c.so)", "sklpar check a.yaml")
    assert holds(block, "OpenBLAS 0.3.31.188  with 4 threads (libopenblas-32a4.so)\n")
    assert not holds(block, "OpenBLAS 0.3.30 with 2 workers (libopenblas-6c.so)\n")


def test_the_order_of_lines_is_not_structure() -> None:
    assert shape("a 1\nb 2\n") == shape("b 3\na 4\n")
