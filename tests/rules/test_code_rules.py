"""The rules about user code: who may apply what on which Django, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from djconnfix.code.steps import Step, encode
from djconnfix.facts import CodeFact, ListItem, ListSetting, Role, SettingsModule
from djconnfix.findings import Applicability, RemoveListItem, RewriteCode, SetSetting, Severity
from djconnfix.rules._code import names_it
from djconnfix.rules.transactions.transaction_middleware_removed import REMOVED
from tests.code.files import facts
from tests.code.shapes import REWRITTEN, called
from tests.rules.build import at, database, problems, settings

CONDITIONAL, REMOVED_MIDDLEWARE, CLOSE = (
    "middleware-conditional-commit",
    "transaction-middleware-removed",
    "connection-close-per-request",
)


def listing(
    *entries: str | None, name: str = "MIDDLEWARE", module: SettingsModule | None = None, **more: object
) -> SettingsModule:
    items = tuple(ListItem(entry, at(line=20 + n)) for n, entry in enumerate(entries))
    base = module or settings(database(), **more)  # type: ignore[arg-type]
    return replace(base, lists={name: ListSetting(name, items, True, at(line=19))})


def left_open(shape: str) -> tuple[CodeFact, ...]:
    return tuple(facts(REWRITTEN[shape][0]))


def closing() -> tuple[CodeFact, ...]:
    return tuple(facts(called("response = self.get_response(request)\nconnection.close()\nreturn response")))


class TestConditionalCommit:
    @pytest.mark.parametrize(
        ("django", "applicability"),
        [((1, 5, 12), Applicability.SAFE), ((1, 7), Applicability.MANUAL), ((), Applicability.UNSAFE), ((1, 8), Applicability.MANUAL), ((5, 2), Applicability.MANUAL)],
        ids=["1.5", "1.7", "unknown", "1.8", "5.2"],
    )  # fmt: skip
    def test_djangos_own_flag_depends_on_the_version(
        self, django: tuple[int, ...], applicability: Applicability
    ) -> None:
        (problem,) = problems(
            CONDITIONAL, settings(database(), django=django), code=left_open("S2-managed-guard-stays")
        )
        assert problem.remedy is not None
        assert problem.remedy.applicability is applicability
        assert bool(problem.remedy.actions) is (applicability is not Applicability.MANUAL)

    @pytest.mark.parametrize(
        ("django", "shape", "words", "severity"),
        [
            ((1, 2), "S2-managed-guard-stays", "leaves the transaction of a request open", None),
            ((), "S2-managed-guard-stays", "leaves the transaction of a request open", None),
            ((1, 3), "S2-managed-guard-stays", "the test decides nothing", Severity.INFO),
            ((1, 5), "S2-managed-guard-stays", "the test decides nothing", Severity.INFO),
            ((1, 6), "S2-managed-guard-stays", "what requests write is lost", None),
            ((1, 7), "S5-connection-object", "the test decides nothing", Severity.INFO),
            ((1, 7), "S1-request-flag", "leaves the transaction of a request open", None),
        ],
    )
    def test_djangos_own_flag_means_something_else_in_each_version(
        self, django: tuple[int, ...], shape: str, words: str, severity: Severity | None
    ) -> None:
        (problem,) = problems(CONDITIONAL, settings(database(), django=django), code=left_open(shape))
        assert words in problem.message
        assert problem.severity is severity

    @pytest.mark.parametrize("django", [(), (1, 7), (5, 2)], ids=["unknown", "1.7", "5.2"])
    def test_a_flag_of_the_projects_own_is_never_safe(self, django: tuple[int, ...]) -> None:
        (problem,) = problems(CONDITIONAL, settings(database(), django=django), code=left_open("S1-request-flag"))
        assert problem.remedy is not None
        assert problem.remedy.applicability is Applicability.UNSAFE
        assert [type(action) for action in problem.remedy.actions] == [RewriteCode]

    def test_a_flag_without_a_begin_matters_only_where_autocommit_is_off(self) -> None:
        text = called(
            "response = self.get_response(request)\nif request._dirty:\n    transaction.commit()\nreturn response"
        )
        code = tuple(facts(text))
        assert problems(CONDITIONAL, settings(database()), code=code) == []
        (problem,) = problems(CONDITIONAL, settings(database(AUTOCOMMIT=False)), code=code)
        assert "request._dirty" in problem.message

    def test_another_alias_without_autocommit_is_not_the_one(self) -> None:
        text = called(
            "response = self.get_response(request)\nif request._dirty:\n    transaction.commit()\nreturn response"
        )
        module = settings(database(), database(alias="replica", AUTOCOMMIT=False))
        assert problems(CONDITIONAL, module, code=tuple(facts(text))) == []

    def test_the_path_is_the_evidence(self) -> None:
        (problem,) = problems(CONDITIONAL, settings(database()), code=left_open("S1-request-flag"))
        assert [because.text for because in problem.because][-1] == "returns"


class TestTransactionMiddlewareRemoved:
    def remedy(self, module: SettingsModule) -> Applicability:
        (problem,) = problems(REMOVED_MIDDLEWARE, module)
        assert problem.remedy is not None
        return problem.remedy.applicability

    def test_on_a_django_without_it_the_entry_gives_way_to_atomic_requests(self) -> None:
        (problem,) = problems(REMOVED_MIDDLEWARE, listing(REMOVED))
        assert problem.remedy is not None
        first, second = problem.remedy.actions
        assert first == RemoveListItem("shop.settings", "MIDDLEWARE", REMOVED)
        assert isinstance(second, SetSetting)
        assert (second.path, second.value) == (("ATOMIC_REQUESTS",), True)
        assert problem.remedy.applicability is Applicability.UNSAFE

    def test_only_the_default_alias_is_touched(self) -> None:
        module = listing(REMOVED, module=settings(database(), database(alias="other")))
        (problem,) = problems(REMOVED_MIDDLEWARE, module)
        assert problem.remedy is not None
        assert [a.database.alias for a in problem.remedy.actions if isinstance(a, SetSetting)] == ["default"]

    def test_atomic_requests_that_are_on_stay(self) -> None:
        (problem,) = problems(REMOVED_MIDDLEWARE, listing(REMOVED, module=settings(database(ATOMIC_REQUESTS=True))))
        assert problem.remedy is not None
        assert [type(a) for a in problem.remedy.actions] == [RemoveListItem]

    @pytest.mark.parametrize(
        "module",
        [
            pytest.param(listing(REMOVED, django=()), id="django-unknown"),
            pytest.param(listing(REMOVED, django=(1, 5)), id="before-atomic-requests"),
            pytest.param(listing(REMOVED, django=(1, 7)), id="it-still-works"),
            pytest.param(listing(REMOVED, module=settings(database(ATOMIC_REQUESTS=False))), id="off-on-purpose"),
            pytest.param(listing(REMOVED, module=settings(database(alias="other"))), id="no-default-alias"),
            pytest.param(listing(REMOVED, module=settings()), id="no-database-in-sight"),
            pytest.param(listing(REMOVED, role=Role.TEST), id="test-settings"),
        ],
    )
    def test_it_is_left_to_a_person(self, module: SettingsModule) -> None:
        assert self.remedy(module) is Applicability.MANUAL

    @pytest.mark.parametrize(
        "entry", [None, "shop.middleware.TransactionMiddleware", "django.middleware.common.CommonMiddleware"]
    )
    def test_other_entries_are_none_of_its_business(self, entry: str | None) -> None:
        assert problems(REMOVED_MIDDLEWARE, listing(entry)) == []

    @pytest.mark.parametrize(
        ("django", "name", "words", "severity"),
        [
            ((5, 2), "MIDDLEWARE", "does not start", Severity.ERROR),
            ((5, 2), "MIDDLEWARE_CLASSES", "read no MIDDLEWARE_CLASSES", Severity.ERROR),
            ((1, 11), "MIDDLEWARE_CLASSES", "does not start", Severity.ERROR),
            ((1, 7), "MIDDLEWARE_CLASSES", "deprecated", Severity.WARNING),
            ((1, 5), "MIDDLEWARE_CLASSES", "only read open", Severity.WARNING),
            ((), "MIDDLEWARE_CLASSES", "Django 1.8 removed", Severity.WARNING),
        ],
    )
    def test_the_message_fits_the_version(
        self, django: tuple[int, ...], name: str, words: str, severity: Severity
    ) -> None:
        (problem,) = problems(REMOVED_MIDDLEWARE, listing(REMOVED, name=name, django=django))
        assert words in problem.message
        assert problem.severity is severity

    @pytest.mark.parametrize(
        ("module", "applicability"),
        [
            pytest.param(listing("shop.middleware.F"), Applicability.UNSAFE, id="moved"),
            pytest.param(listing("other.F"), None, id="listed-nowhere"),
            pytest.param(listing("shop.middleware.F", django=(1, 7)), Applicability.MANUAL, id="it-still-works"),
            pytest.param(
                listing("shop.middleware.F", module=settings(database(ATOMIC_REQUESTS=False))),
                Applicability.MANUAL,
                id="off-on-purpose",
            ),
        ],
    )
    def test_a_class_that_adds_nothing_goes_as_the_removed_one_does(
        self, module: SettingsModule, applicability: Applicability | None
    ) -> None:
        text = "from django.middleware.transaction import TransactionMiddleware\n\n\nclass F(TransactionMiddleware):\n    pass\n"
        found = problems(REMOVED_MIDDLEWARE, module, code=tuple(facts(text, "removed-transaction-middleware-base")))
        assert [problem.remedy and problem.remedy.applicability for problem in found] == (
            [applicability] if applicability else []
        )

    def test_two_settings_modules_move_together_or_not_at_all(self) -> None:
        text = "from django.middleware.transaction import TransactionMiddleware\n\n\nclass F(TransactionMiddleware):\n    pass\n"
        code = tuple(facts(text, "removed-transaction-middleware-base"))
        live, dev = (
            listing("shop.middleware.F", module=settings(database(module=name), module=name))
            for name in ("shop.settings.live", "shop.settings.dev")
        )
        (both,) = problems(REMOVED_MIDDLEWARE, live, dev, code=code)
        assert both.remedy is not None
        assert len(both.remedy.actions) == 4
        off = listing("shop.middleware.F", module=settings(database(ATOMIC_REQUESTS=False)))
        (neither,) = problems(REMOVED_MIDDLEWARE, live, off, code=code)
        assert neither.remedy is not None
        assert neither.remedy.applicability is Applicability.MANUAL

    def test_a_class_that_extends_it_is_left_to_a_person(self) -> None:
        code = tuple(facts(REWRITTEN["subclass-of-the-removed-class"][0], "removed-transaction-middleware-base"))
        (problem,) = problems(REMOVED_MIDDLEWARE, settings(database()), code=code)
        assert problem.remedy is not None
        assert problem.remedy.applicability is Applicability.MANUAL


class TestConnectionClosePerRequest:
    def test_a_class_that_does_nothing_else_leaves_every_list(self) -> None:
        modules = [
            listing("shop.middleware.Middleware", module=settings(database(module=name), module=name))
            for name in ("shop.settings.live", "shop.settings.dev")
        ]
        (problem,) = problems(CLOSE, *modules, code=closing())
        assert problem.remedy is not None
        assert problem.remedy.applicability is Applicability.UNSAFE
        assert [a.settings for a in problem.remedy.actions if isinstance(a, RemoveListItem)] == [
            "shop.settings.live",
            "shop.settings.dev",
        ]

    def test_a_class_that_does_more_stays_listed(self) -> None:
        code = tuple(
            facts(called("response = self.get_response(request)\nlog(request)\nconnection.close()\nreturn response"))
        )
        (problem,) = problems(CLOSE, listing("shop.middleware.Middleware"), code=code)
        assert problem.remedy is not None
        assert [type(a) for a in problem.remedy.actions] == [RewriteCode]

    def test_a_class_that_no_list_names_is_still_rewritten(self) -> None:
        (problem,) = problems(CLOSE, listing("other.Middleware"), code=closing())
        assert problem.remedy is not None
        assert [type(a) for a in problem.remedy.actions] == [RewriteCode]


NAMED = {
    "the-same": ("shop.m.M", "shop.m.M", "shop/settings.py", True),
    "below-the-settings-folder": ("shop.m.M", "web.shop.m.M", "web/shop/settings.py", True),
    "below-a-source-folder": ("shop.m.M", "src.shop.m.M", "config/settings.py", True),
    "another-project": ("shop.m.M", "other.shop.m.M", "web/shop/settings.py", False),
    "end-of-a-word": ("m.M", "shop.xm.M", "shop/settings.py", False),
    "a-bare-name": ("M", "shop.m.M", "shop/settings.py", False),
    "another-class": ("shop.m.N", "shop.m.M", "shop/settings.py", False),
    "longer-than-the-path": ("web.shop.m.M", "shop.m.M", "shop/settings.py", False),
}


@pytest.mark.parametrize(("value", "dotted", "path", "expected"), NAMED.values(), ids=NAMED)
def test_which_entry_names_which_class(value: str, dotted: str, path: str, expected: bool) -> None:
    assert names_it(value, dotted, path) is expected


LEGACY = CodeFact(
    "removed-transaction-api", at("shop/x.py"), "f", rewrite="port-transaction-api", rewrite_span=at("shop/x.py"),
    detail={"api": "set_dirty", **encode([Step("remove", 1, 2)])},
)  # fmt: skip


@pytest.mark.parametrize(
    ("django", "applicability", "severity"),
    [
        ((), Applicability.MANUAL, Severity.WARNING),
        ((1, 5), Applicability.MANUAL, Severity.INFO),
        ((1, 7), Applicability.MANUAL, Severity.INFO),
        ((1, 8), Applicability.UNSAFE, Severity.ERROR),
        ((5, 2), Applicability.UNSAFE, Severity.ERROR),
    ],
)
def test_removed_names_are_ported_only_where_they_are_gone(
    django: tuple[int, ...], applicability: Applicability, severity: Severity
) -> None:
    (problem,) = problems("legacy-transaction-api", settings(database(), django=django), code=(LEGACY,))
    assert problem.remedy is not None
    assert (problem.remedy.applicability, problem.severity) == (applicability, severity)


def test_an_old_class_matters_only_in_middleware() -> None:
    fact = CodeFact("old-style-middleware", at("shop/m.py"), "M", dotted="shop.m.M")
    rule = "old-style-middleware-class"
    assert problems(rule, listing("shop.m.M", name="MIDDLEWARE_CLASSES"), code=(fact,)) == []
    assert problems(rule, listing("shop.m.Other"), code=(fact,)) == []
    (problem,) = problems(rule, listing("shop.m.M"), code=(fact,))
    assert problem.remedy is not None
    assert problem.remedy.applicability is Applicability.MANUAL


def test_async_views_matter_only_where_requests_are_atomic() -> None:
    fact = CodeFact("async-view", at("shop/views.py"), "health")
    rule = "async-view-with-atomic-requests"
    assert problems(rule, settings(database()), code=(fact,)) == []
    assert problems(rule, settings(database(ATOMIC_REQUESTS=False)), code=(fact,)) == []
    assert len(problems(rule, settings(database(ATOMIC_REQUESTS=True)), code=(fact,))) == 1


def test_signals_disconnected_by_tests_are_right() -> None:
    fact = CodeFact("closing-signals-disconnected", at("shop/x.py"), place="test", detail={"api": "request_finished"})
    assert problems("closing-signals-disconnected", settings(database()), code=(fact,)) == []
