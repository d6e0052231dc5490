"""Querysets whose SQL is put together once a process.

Django builds a query anew each time that it is asked, which costs several times what the database needs to answer. Here a
function builds the queryset once from stand-ins for its arguments; later calls run that SQL with the arguments of the moment.
No answer is kept: each call asks the database.

    @prepared
    def vehicles_of(user: Any) -> QuerySet[Vehicle]:
        return Vehicle.objects.filter(owner=user)

    vehicles_of(user)  # a list

Positional arguments stand in the SQL: whole numbers, words, days, moments, keys of rows, and lists of them. What decides its
form (a switch of the office) is a keyword and part of what the form is found again by, like the language, the types of the
arguments, None among them, and the lengths of lists. PostgreSQL keeps the plan of such a query, too. The function may not ask
its arguments anything, nor read the office's settings, nor look at the clock: all three are refused, because the answer would
stay the one of the first call. Nor may it decide by an argument (`if user`), which nobody sees here.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, update_wrapper
from itertools import count
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connections
from django.db.models import BigIntegerField, CharField, DateField, DateTimeField, Field, Model, QuerySet, Value
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.sql.compiler import SQLCompiler
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from psycopg import Cursor
from psycopg._queries import PostgresQuery
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

from opscom.lib.office import settings_refused

Row = TypeVar("Row")
FIELDS: dict[type, "Field[Any, Any]"] = {
    int: BigIntegerField(),
    str: CharField(),
    datetime: DateTimeField(),  # before date, which a moment is, too
    date: DateField(),
}
FORMS = 64  # of one query: languages, lengths of lists


class StandIn(Value):
    """An argument in a queryset, and, by its place among all of them, in the parameters of the SQL."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL, which plans the query before it is given any argument, is told of which type it will be."""
        told = f"::{self.output_field.cast_db_type(connection)}" if connection.vendor == "postgresql" else ""
        return f"%s{told}", (self,)

    def __getattr__(self, name: str) -> Any:
        """Django looks whether it knows how to write itself (`as_postgresql`); whoever asks for more would get no answer."""
        if name.startswith(("_", "as_")):
            raise AttributeError(name)
        raise TypeError(f"{name} of an argument decides the form of a query: pass it by itself")

    def bound(self, arguments: Sequence[Any], connection: Any) -> Any:
        """What the database is given for it. The driver would tell small numbers from large ones, and a plan is for one type."""
        value = self.output_field.get_db_prep_value(arguments[self.value], connection)
        return Int8(value) if isinstance(value, int) else value


@dataclass(frozen=True)
class Form:
    """One query, put together."""

    queryset: QuerySet[Any, Any]
    compiler: SQLCompiler
    sql: str
    parameters: dict[str, Any]
    converters: dict[int, Any]

    def rows(self, arguments: Sequence[Any]) -> list[Any]:
        """Ask the database."""
        compiler, connection = copy(self.compiler), connections[self.queryset.db]
        found = self._ask(arguments, connection)
        compiler.connection = connection  # each thread's own
        compiler.execute_sql = lambda *_args, **_more: [found]  # type: ignore[method-assign,assignment]
        compiler.get_converters = lambda _columns: self.converters  # type: ignore[method-assign,assignment]
        queryset = self.queryset.all()
        queryset.query.get_compiler = lambda *_args, **_more: compiler  # type: ignore[method-assign]
        return list(queryset)

    def _ask(self, arguments: Sequence[Any], connection: Any) -> list[Sequence[Any]]:
        parameters = {
            name: part.bound(arguments, connection) if isinstance(part, StandIn) else part
            for name, part in self.parameters.items()
        }
        try:
            rows = _fetch(self.sql, parameters, connection)
        except NotSupportedError:  # a kept plan of columns that a migration has changed meanwhile
            if connection.in_atomic_block:
                raise
            connection.close()
            rows = _fetch(self.sql, parameters, connection)
        return [row[: self.compiler.col_count] for row in rows] if self.compiler.has_extra_select else rows


def _fetch(sql: str, parameters: dict[str, Any], connection: Any) -> list[Sequence[Any]]:
    """PostgreSQL binds the arguments itself, so that the driver lets it keep the plan of what is asked again and again; Django's
    cursors write them into the SQL, which PostgreSQL then reads and plans anew each time, longer than it runs."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            return list(cursor.execute(sql, list(parameters.values())).fetchall())
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection._prepare_cursor(BindingCursor(connection.connection)) as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


class BindingCursor(Cursor[Any]):
    """The driver's own, which also says what it has asked where the plan was kept: Django's log of queries wants to know."""

    def _send_query_prepared(self, name: bytes, pgq: PostgresQuery, *, binary: bool | None = None) -> None:
        self._query = pgq
        super()._send_query_prepared(name, pgq, binary=binary)


def _named(sql: str, parameters: Sequence[Any], connection: Any) -> tuple[str, dict[str, Any]]:
    """The same for `_fetch`. For PostgreSQL what never changes is written into the SQL, and an argument that stands at two places
    of it has one name."""
    if connection.vendor != "postgresql":
        return sql, {str(place): part for place, part in enumerate(parameters)}
    connection.ensure_connection()
    written = [
        f"%(a{part.value})s" if isinstance(part, StandIn) else _literal(part, connection).replace("%", "%%")
        for part in parameters
    ]
    stand_ins = {f"a{part.value}": part for part in parameters if isinstance(part, StandIn)}
    return sql.replace("%%", "%%%%") % tuple(written), stand_ins


def _literal(value: Any, connection: Any) -> str:
    return Literal(value).as_string(connection.connection)


class Prepared(Generic[Row]):
    """A function that builds a queryset of its arguments, and now answers its rows. `queryset` is that function."""

    def __init__(self, queryset: Callable[..., QuerySet[Any, Row]]) -> None:
        self.queryset = queryset
        self._form = lru_cache(FORMS)(self._put_together)
        update_wrapper(self, queryset)

    def __call__(self, *arguments: Any, **shape: Any) -> list[Row]:
        flat: list[Any] = []
        kinds = tuple(_flatten(argument, flat) for argument in arguments)
        where = get_language(), get_current_timezone_name()
        form = self._form(kinds, tuple(sorted(shape.items())), where)
        return form.rows(flat) if form else []

    def _put_together(self, kinds: tuple[Any, ...], shape: tuple[Any, ...], _where: tuple[Any, ...]) -> Form | None:
        """None where nothing can be found, as for an empty list of keys."""
        with settings_refused(f"{self.queryset.__name__} reads the office's settings: pass by keyword what it asks"):
            queryset = self.queryset(*_stand_ins(kinds), **dict(shape))
        compiler = queryset.query.get_compiler(queryset.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        if any(isinstance(part, date) for part in parameters):
            raise TypeError(f"{self.queryset.__name__} looks at the clock: pass the moment as an argument")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return Form(queryset, compiler, *_named(sql, parameters, connections[queryset.db]), converters)


def prepared(queryset: Callable[..., QuerySet[Any, Row]]) -> Prepared[Row]:
    """Decorator: see above."""
    return Prepared(queryset)


def fetched_along(row: Model, name: str, found: Sequence[Model]) -> None:
    """Leave what was found at the row as `prefetch_related` does: `row.name.all()` asks no more, and each knows the row."""
    queryset, relation = getattr(row, name).get_queryset(), cast(ForeignObjectRel, row._meta.get_field(name))
    for one in found:
        setattr(one, relation.field.name, row)
    queryset._result_cache, queryset._prefetch_done = list(found), True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = queryset


def _flatten(argument: Any, flat: list[Any]) -> Any:
    """Append what the database is given, and answer of which kind it is: a type, None, or a tuple of them for a list."""
    if argument is None:
        return None
    if isinstance(argument, list | tuple):
        return tuple(_flatten(one, flat) for one in argument)
    value = argument.pk if isinstance(argument, Model) else argument
    kind = next((kind for kind in FIELDS if isinstance(value, kind)), None)
    if kind is None or isinstance(value, bool):
        raise TypeError(f"{value!r} cannot stand in a query: pass what decides its form by keyword")
    flat.append(value)
    return kind


def _stand_ins(kinds: tuple[Any, ...]) -> list[Any]:
    """For arguments of these kinds, numbered through."""
    places = count()

    def stand_in(kind: Any) -> Any:
        if isinstance(kind, tuple):
            return [stand_in(one) for one in kind]
        return None if kind is None else StandIn(next(places), FIELDS[kind])

    return [stand_in(kind) for kind in kinds]
