"""What stands in a deal's address: its title, readable in whatever script it is written."""

import unicodedata

LONGEST = 50  # letters
NOTHING = "deal"  # for a title without letter or digit


def stem(title: str) -> str:
    """Return the title in small letters, its words joined by hyphens; browsers show it unescaped.

    Latin letters lose their accents ("Alcázar" becomes "alcazar"), as everybody can type them then. Other scripts stay
    as they are but for marks that readers leave out, as the vowels of Arabic.
    """
    kept: list[str] = []
    base = ""
    for letter in unicodedata.normalize("NFKD", title).casefold():
        kind = unicodedata.category(letter)
        if kind[0] in "LN":
            base = letter
            kept.append(letter)
        elif kind[0] == "M":
            if not _drops_marks(base):
                kept.append(letter)
        else:
            kept.append(" ")
    words = "-".join(unicodedata.normalize("NFC", "".join(kept)).split())
    return words[:LONGEST].strip("-") or NOTHING


def _drops_marks(base: str) -> bool:
    return unicodedata.name(base, "").startswith(("LATIN", "ARABIC", "HEBREW"))
