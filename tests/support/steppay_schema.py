"""StepPay's published specification as a measure: tests/samples/openapi-commerce.json is cut from it, the schemas of
bodies alone, without their descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

SAMPLES = Path(__file__).parents[1] / "samples"
_SPEC: Registry[Any] = Registry().with_resource(
    "urn:steppay",
    Resource.from_contents(json.loads((SAMPLES / "openapi-commerce.json").read_text()), default_specification=DRAFT4),
)


def without_nulls(value: Any) -> Any:
    """Drop null fields before validation.

    The specification never says `nullable`, yet StepPay's own example orders hold dozens of nulls, also
    for paymentDate. We read null as "absent": a null in a required field is then still an error.
    Date formats are not checked either: the specification says RFC 3339, real dates have no zone.
    """
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def schema_errors(name: str, body: Any) -> list[str]:
    """Where `body` breaks the schema `name`."""
    validator = OAS30Validator({"$ref": f"urn:steppay#/components/schemas/{name}"}, registry=_SPEC)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(without_nulls(body))]
