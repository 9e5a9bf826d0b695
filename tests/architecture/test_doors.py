"""Every door declares who may enter; every task and event handler of the product is wired."""

from app import registry
from app.lifecycle import Platform
from app.web import access


def test_every_route_declares_its_access(app: Platform) -> None:
    rules = app.url_map.iter_rules()
    assert [rule.rule for rule in rules if access.of(app.view_functions[rule.endpoint]) is None] == []


def test_every_route_belongs_to_a_known_site(app: Platform) -> None:
    homeless = set()
    for rule in app.url_map.iter_rules():
        declared = access.of(app.view_functions[rule.endpoint])
        if rule.endpoint.partition(".")[0] not in app.sites and not (declared and declared.bare):
            homeless.add(rule.endpoint)
    assert homeless == set()


def test_event_names_are_unique() -> None:
    kinds = [event for module in registry.MODULES for event in module.handlers]
    by_name: dict[str, set[type]] = {}
    for kind in kinds:
        by_name.setdefault(kind.__name__, set()).add(kind)
    assert [name for name, classes in by_name.items() if len(classes) > 1] == []


def test_task_names_say_their_module() -> None:
    for module in registry.MODULES:
        assert all(name.split(".")[0] == module.name for name in module.tasks)
