"""Every sentence of an error finds its way into the catalogues."""

from pathlib import Path

from app.web import catalogues, catalogues_errors

SOURCE = '''
class AppError(Exception): """Base."""
class Bare(AppError): """For the log alone."""
class Full(AppError):
    """The house is full. Come back later."""
    status = 409
    title = "Full"
class Fuller(Full): """No room at all."""
class Other(Exception): """Not of the family."""

def enter(errors):
    raise errors.Fuller("Not today.", fields={"a": "Choose a day.", "b": "code"})
    raise Bare("log")
    raise Other("no")
'''


def test_sentences_stand_in_docstrings_titles_and_where_errors_are_raised(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "some.py").write_text(SOURCE)
    found = [text for _place, _line, text in catalogues_errors.gather(tmp_path, ("app",))]
    assert sorted(found) == sorted(
        ["The house is full. Come back later.", "Full", "No room at all.", "Not today.", "Choose a day."]
    )


def test_sentences_of_errors_are_a_line_each() -> None:
    found = list(catalogues_errors.gather(catalogues.ROOT, catalogues.SOURCES))
    assert len(found) > 60
    assert not [text for _place, _line, text in found if "\n" in text]


def test_every_catalogue_is_complete() -> None:
    assert [problem for language in catalogues.LANGUAGES for problem in catalogues.problems(language)] == []
