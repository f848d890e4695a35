"""Records are what the standard library makes of the same classes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest

from djconnfix import _records as records


def classes(library, **options):
    """Return the same classes, made by one library."""

    @library.dataclass(slots=True, **options)
    class Plain:
        """A record."""

        first: int
        second: str = "b"

        @property
        def both(self):
            return f"{self.first}{self.second}"

    @library.dataclass(slots=True, **options)
    class Rich:
        name: str
        values: dict = library.field(default_factory=dict)
        hidden: int = library.field(default=3, repr=False)
        aside: int = library.field(default=0, compare=False)
        derived: str = library.field(init=False, repr=False, compare=False)
        made: list = library.field(init=False, default_factory=list)

        def __post_init__(self):
            object.__setattr__(self, "derived", self.name.upper())

    @library.dataclass(slots=True, **options)
    class One:
        only: int

        def __str__(self):
            return "one"

    @library.dataclass(slots=True, **options)
    class Nothing:
        pass

    @library.dataclass(slots=True, **options)
    class Heir(Plain):
        third: int = 7

    return Plain, Rich, One, Nothing, Heir


OPTIONS = [
    pytest.param({"frozen": True}, id="frozen"),
    pytest.param({}, id="plain"),
    pytest.param({"frozen": True, "eq": False}, id="frozen without eq"),
    pytest.param({"eq": False}, id="without eq"),
]


def made(library, **options):
    plain, rich, one, nothing, heir = classes(library, **options)
    return [
        plain(1), plain(1, "b"), plain(2), plain(first=1, second="c"), rich("x"), rich("x", {"a": 1}, 4),
        rich("x", aside=9), one(1), one(2), nothing(), heir(1), heir(1, "b", 8),
    ]  # fmt: skip


@pytest.fixture(params=OPTIONS)
def both(request):
    return made(records, **request.param), made(dataclasses, **request.param)


def test_they_show_alike(both):
    ours, theirs = both
    assert [repr(each) for each in ours] == [repr(each) for each in theirs]
    assert str(ours[7]) == str(theirs[7]) == "one"
    assert ours[0].both == "1b"


def test_they_compare_alike(both):
    ours, theirs = both
    assert [[one == two for two in ours] for one in ours] == [[one == two for two in theirs] for one in theirs]


def test_they_hash_alike(both):
    ours, theirs = both
    for mine, other in zip(ours, theirs, strict=True):
        assert (type(mine).__hash__ is None) == (type(other).__hash__ is None)
        assert (type(mine).__hash__ is object.__hash__) == (type(other).__hash__ is object.__hash__)
    if type(theirs[0]).__hash__ is not None:
        assert (hash(ours[0]) == hash(ours[1])) == (hash(theirs[0]) == hash(theirs[1]))
        assert len({ours[0], ours[1], ours[2]}) == len({theirs[0], theirs[1], theirs[2]})


def test_they_have_slots_and_the_same_shape(both):
    for mine, other in zip(*both, strict=True):
        assert not hasattr(mine, "__dict__")
        assert type(mine).__match_args__ == type(other).__match_args__
        assert type(mine).__doc__ == type(other).__doc__ or type(mine).__doc__ is None
        assert type(mine).__name__ == type(other).__name__
        assert type(mine).__qualname__ == type(other).__qualname__
        assert type(mine).__module__ == type(other).__module__


def test_the_library_takes_them(both):
    for mine, other in zip(*both, strict=True):
        assert dataclasses.is_dataclass(mine)
        assert [f.name for f in dataclasses.fields(mine)] == [f.name for f in dataclasses.fields(other)]
        assert [f.type for f in dataclasses.fields(mine)] == [f.type for f in dataclasses.fields(other)]
        assert dataclasses.asdict(mine) == dataclasses.asdict(other)
    assert repr(dataclasses.replace(both[0][0], first=5)) == repr(dataclasses.replace(both[1][0], first=5))


def test_a_class_of_the_library_may_extend_one():
    plain = classes(records, frozen=True)[0]

    @dataclasses.dataclass(frozen=True, slots=True)
    class Extended(plain):
        more: int = 1

    assert repr(Extended(1, more=2)).endswith("Extended(first=1, second='b', more=2)")


def test_replace(both):
    ours, theirs = both
    assert [repr(records.replace(each)) for each in ours] == [repr(dataclasses.replace(each)) for each in theirs]
    assert repr(records.replace(ours[4], name="y")) == repr(dataclasses.replace(theirs[4], name="y"))
    assert records.replace(ours[4], name="y").derived == "Y"
    for library, each in ((records, ours[4]), (dataclasses, theirs[4])):
        with pytest.raises((TypeError, ValueError), match="init=False"):  # Python 3.13 has taken the former
            library.replace(each, derived="z")
        with pytest.raises(TypeError):
            library.replace(each, unknown=1)


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        pytest.param((), {}, id="none"),
        pytest.param((1, "b", 3), {}, id="too many"),
        pytest.param((1,), {"first": 1}, id="twice"),
        pytest.param((1,), {"third": 1}, id="unknown"),
    ],
)
def test_wrong_arguments_are_refused(arguments, keywords):
    for library in (records, dataclasses):
        with pytest.raises(TypeError):
            classes(library, frozen=True)[0](*arguments, **keywords)


def test_frozen_ones_refuse_changes():
    one = classes(records, frozen=True)[0](1)
    for name in ("first", "other"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.first
    assert one.first == 1


def test_others_take_changes_of_their_fields_alone():
    one = classes(records)[0](1)
    one.first = 2
    assert repr(one).endswith("Plain(first=2, second='b')")
    with pytest.raises(AttributeError):
        one.other = 2


def test_each_has_its_own_default_that_is_made():
    rich = classes(records)[1]
    assert rich("x").values is not rich("y").values


def test_one_that_holds_itself_shows_so():
    rich = classes(records)[1]
    one = rich("x")
    one.values["self"] = one
    assert "..." in repr(one)


def test_an_equality_or_hash_of_its_own_is_kept():
    for library in (records, dataclasses):

        @library.dataclass(frozen=True, slots=True)
        class Own:
            value: int

            def __eq__(self, other):
                return True

            def __hash__(self):
                return 5

        assert Own(1) == Own(2)
        assert hash(Own(1)) == 5


@records.dataclass(frozen=True, slots=True)
class Kept:
    """A record that can be found by its name."""

    first: int
    second: tuple[int, ...] = ()


@pytest.mark.parametrize("through", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies(through):
    assert through(Kept(1, (2, 3))) == Kept(1, (2, 3))


def test_patterns_by_place_and_by_name():
    match Kept(1, (2,)):
        case Kept(one, second=(two,)):
            assert (one, two) == (1, 2)
        case _:
            raise AssertionError


def test_the_library_is_not_imported_for_them():
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "import djconnfix.facts, djconnfix.findings, djconnfix.settings.values\n"
        "print('dataclasses' in sys.modules, 'inspect' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
