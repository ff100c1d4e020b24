"""What is said of JSON that a manifest may not be; docs/bundle.md has the bounds."""

from __future__ import annotations

import json

import pytest

from surfedge.bundle.plain_json import parsed

REFUSED = {
    "a key twice": (b'{"a":1,"a":2}', "a key that stands twice"),
    "a key twice inside": (b'{"a":[{"b":1,"b":1}]}', "a key that stands twice"),
    "no end of lists": (b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}", "nested more than 16 deep"),
    "17 lists": (b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", "nested more than 16 deep"),
    "commas": (b'{"a":"' + b"," * 20_000 + b'"}', "more than 10,000 values"),
    "values": (json.dumps({"a": list(range(9999))}).encode(), "more than 10,000 values"),
    "a list": (b"[]", "a list at the top, not an object"),
    "NaN": (b'{"a":NaN}', "the number NaN"),
    "infinity": (b'{"a":-1e999}', "the number -1e999"),
    "digits": (b'{"a":%s}' % (b"1" * 101), "a whole number of 101 digits"),
    "19 digits": (b'{"a":9223372036854775808}', "a whole number of 19 digits"),
    "places": (b'{"a":0.%s}' % (b"1" * 99), "a number of 101 characters"),
    "a text": (b'{"a":"%s"}' % (b"x" * 20_001), "a text of 20,001 characters"),
    "a key": (b'{"%s":1}' % (b"x" * 201), "a text of 201 characters"),
    "the first surrogate": (rb'{"a":"\ud800"}', "half a character (a lone surrogate)"),
    "the last surrogate": (rb'{"a":"\udfff"}', "half a character (a lone surrogate)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_why_it_is_refused(kind: str) -> None:
    text, said = REFUSED[kind]
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are compared below
        parsed(text)
    assert str(caught.value) == said


def test_what_lies_beside_the_bounds_is_taken() -> None:
    for text in (rb'{"a":"\ud7ff\ue000"}', b'{"a":{"b":1},"c":{"b":1}}', b'{"a":"%s"}' % (b"," * 19_999)):
        assert parsed(text) == json.loads(text)
    assert len(parsed(json.dumps({"a": list(range(9998))}).encode())["a"]) == 9998
