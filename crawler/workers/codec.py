"""How a child's answers travel: values of ``model`` as JSON, read back strictly by their types.

A child that a hostile document has taken over may write any bytes.  Unpickling them would run its
code in the parent, even with a restricted ``find_class`` (BUILD sets attributes on classes), so
answers are JSON, and :func:`reader` accepts exactly the shape that was asked for.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

Reader = Callable[[Any], Any]
_MICROSECOND = timedelta(microseconds=1)
_PLAIN = frozenset({int, float, bool, type(None)})
_SURROGATES = re.compile("[\ud800-\udfff]")


class BadAnswer(ValueError):
    """An answer that is not of the type that was asked for."""


def plain(value: Any) -> Any:
    """``value`` as what JSON knows; raises ``TypeError`` for types that do not travel.

    A lone surrogate, which no file and no database takes, becomes U+FFFD.
    """
    kind = type(value)
    if kind is str:
        return value if _is_text(value) else _SURROGATES.sub("\ufffd", value)
    if kind in _PLAIN:
        return value
    if dataclasses.is_dataclass(kind):
        return [plain(getattr(value, name)) for name in _names(kind)]
    if kind is tuple:
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    raise TypeError(f"a {kind.__name__} does not travel between processes")


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def reader(shape: Any) -> Reader:
    """A function from what JSON gave to a value of type ``shape``; it raises ``BadAnswer``."""
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if shape is str:
        return _text
    if shape in _PLAIN:
        return _exactly(shape)
    if origin in {typing.Union, types.UnionType}:
        return _optional(shape, arguments)
    if origin is tuple:
        return _sequence(arguments)
    if origin is Literal:
        return _one_of(frozenset(arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments)
    if dataclasses.is_dataclass(shape) and isinstance(shape, type):
        return _dataclass(shape)
    if isinstance(shape, type) and issubclass(shape, enum.Enum):
        return _converted(shape, str)
    if shape is datetime:
        return _aware(_converted(datetime.fromisoformat, str))
    if shape is timedelta:
        return _converted(lambda value: value * _MICROSECOND, int)
    if shape is bytes:
        return _converted(functools.partial(base64.b64decode, validate=True), str)
    raise TypeError(f"{shape} does not travel between processes")


def _is_text(value: str) -> bool:
    """Whether a text can be written as UTF-8."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    return True


def _text(value: Any) -> str:
    """Text, without lone surrogates: only a child that was taken over sends one."""
    if type(value) is not str:
        raise BadAnswer(f"{type(value).__name__} in place of str")
    if not _is_text(value):
        raise BadAnswer("a lone surrogate in a text")
    return value


def _exactly(*kinds: type) -> Reader:
    """Values of these types, subclasses excluded: True is no number."""

    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise BadAnswer(f"{type(value).__name__} in place of {kinds[0].__name__}")
        return value

    return read


def _converted(convert: Callable[[Any], Any], kind: type) -> Reader:
    check = _exactly(kind)

    def read(value: Any) -> Any:
        try:
            return convert(check(value))
        except (ValueError, OverflowError) as error:
            raise BadAnswer(str(error)[:80]) from None

    return read


def _aware(inner: Reader) -> Reader:
    def read(value: Any) -> Any:
        instant = inner(value)
        if instant.utcoffset() != timedelta(0):
            raise BadAnswer("an instant that is not in UTC")
        return instant

    return read


def _optional(shape: Any, arguments: tuple[Any, ...]) -> Reader:
    others = [argument for argument in arguments if argument is not type(None)]
    if len(others) != 1:
        raise TypeError(f"{shape} does not travel between processes")
    if others[0] in _PLAIN:
        return _exactly(others[0], type(None))
    inner = reader(others[0])
    return lambda value: None if value is None else inner(value)


def _sequence(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) != 2 or arguments[1] is not Ellipsis:
        raise TypeError(f"tuple{list(arguments)} does not travel between processes")
    inner, check = reader(arguments[0]), _exactly(list)
    return lambda value: tuple([inner(item) for item in check(value)])


def _mapping(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) != 2 or arguments[0] is not str:
        raise TypeError("only mappings from text travel between processes")
    inner, check = reader(arguments[1]), _exactly(dict)
    return lambda value: {_text(key): inner(item) for key, item in check(value).items()}


def _one_of(allowed: frozenset[Any]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not str or value not in allowed:
            raise BadAnswer("a word that is not in the list")
        return value

    return read


def _dataclass(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    fields = [(name, reader(hints[name])) for name in _names(kind)]
    check, count = _exactly(list), len(fields)

    def read(value: Any) -> Any:
        if len(check(value)) != count:
            raise BadAnswer(f"{len(value)} fields in place of the {count} of {kind.__name__}")
        return kind(**{name: inner(item) for (name, inner), item in zip(fields, value, strict=True)})

    return read
