from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sklpar.backends import BACKENDS
from sklpar.sources import SOURCES
from sklpar.spec.schema import json_schema


def described(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key of every object in a schema with what is said of it."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties.items()
        for value in schema.values():
            yield from described(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from described(value)


def test_every_key_is_described() -> None:
    keys = [(name, value) for name, value in described(json_schema()) if value is not False]
    assert len(keys) > 30
    assert [name for name, value in keys if not value.get("description")] == []


def test_it_is_plain_json_of_a_named_draft() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
    assert schema["$schema"].endswith("draft/2020-12/schema")
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["version"]


def test_choices_follow_the_registries() -> None:
    text = json.dumps(json_schema())
    assert json.dumps(list(BACKENDS)) in text
    alternatives = json_schema()["$defs"]["data"]["oneOf"]
    assert [alternative["required"] for alternative in alternatives] == [[key] for key in SOURCES]


def test_each_call_gives_a_document_of_its_own() -> None:
    json_schema()["$defs"].clear()
    assert "data" in json_schema()["$defs"]
