"""Values as a plant's OPC UA server declares its variables: plain, or a structure whose fields are filled by name.

The structures are read from the server (DataTypeDefinition, OPC 10000-3, 5.8.3). Fields are found whatever their
letters and underscores: LengthMm takes length_mm. Those that a message has nothing for keep their default.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

TEXTS, REALS = ("String", "CharArray"), ("Double", "Float")
WHOLE = ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64")


@dataclass(frozen=True)
class Declared:
    """structure : the class of a variable that is one, None for a plain value. is_array : of one dimension."""

    structure: Any = None
    is_array: bool = False


def declared(client: Any, ua: Any, variables: Mapping[str, Any]) -> dict[str, Declared]:
    """How the server declares each variable. client : asyncua.sync.Client, connected. ua : the module asyncua.ua."""
    kinds = {name: variable.read_data_type() for name, variable in variables.items()}
    if any(kind.NamespaceIndex for kind in kinds.values()):
        with suppress(Exception):  # what cannot be read is taken as plain, and the server says whether it fits
            client.load_data_type_definitions()
    found = {}
    for name, variable in variables.items():
        structure = ua.extension_objects_by_datatype.get(kinds[name]) if kinds[name].NamespaceIndex else None
        found[name] = Declared(structure, int(variable.read_value_rank()) >= 1)
    return found


def variant(ua: Any, kind: Declared, plain_type: str, plain: Any, content: Mapping[str, Any]) -> Any:
    """The ua.Variant to write: `content` in the fields of a structure, else `plain` of the type `plain_type`."""
    value, of_type = plain, ua.VariantType[plain_type]
    if kind.structure is not None:
        value, of_type = filled(ua, kind.structure, content), ua.VariantType.ExtensionObject
    return ua.Variant([value] if kind.is_array else value, of_type)


def filled(ua: Any, structure: Any, content: Mapping[str, Any]) -> Any:
    """An object of the class `structure` with what `content` has for its fields."""
    known = {_plain(name): value for name, value in content.items() if value is not None}
    made = structure()
    for field in fields(structure):
        with suppress(KeyError, TypeError, ValueError):  # nothing for it, or of a kind that it does not take
            setattr(made, field.name, _as_declared(ua, str(field.type), known[_plain(field.name)]))
    return made


def _as_declared(ua: Any, declared_type: str, value: Any) -> Any:
    """The value as a field takes it; raises ValueError for a type that no message has."""
    name = declared_type.rpartition("ua.")[2].strip("]'")
    if declared_type.startswith("list"):
        raise ValueError(declared_type)
    if name == "LocalizedText":
        return ua.LocalizedText(_text(value))
    if name in TEXTS:
        return _text(value)
    if name in REALS:
        return float(value)
    if name in WHOLE:
        return getattr(ua, name)(int(value))
    if name == "Boolean":
        return bool(value)
    raise ValueError(declared_type)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
