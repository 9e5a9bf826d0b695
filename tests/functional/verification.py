"""What the verification's tests share: an investor who fills in the steps."""

import io
from typing import Any

from tests.functional.files import jpeg, png
from tests.support.http import Visitor

ABOUT = {"legal_name": "Alice Lindqvist", "born": "1987-05-23", "nationality": "SE"}
ADDRESS = {"street": "Götgatan 44", "postcode": "118 26", "city": "Stockholm", "country": "SE"}


def file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def begin(visitor: Visitor, level: str = "standard") -> Visitor:
    return visitor.get("/verification").submit("/verification", level=level)


def send_identity(visitor: Visitor, content: bytes | None = None, name: str = "passport.jpg", **values: Any) -> Visitor:
    chosen = file(jpeg() if content is None else content, name)
    return visitor.get("/verification/identity").submit(
        "/verification/identity", **{"kind": "passport", "files": chosen, **values}
    )


def send_address(visitor: Visitor) -> Visitor:
    values = {**ADDRESS, "kind": "utility_bill", "files": file(png(), "bill.png")}
    return visitor.get("/verification/address").submit("/verification/address", **values)


def complete(visitor: Visitor) -> Visitor:
    """Fill in every step of level standard, up to the review."""
    begin(visitor).submit("/verification/about", **ABOUT)
    send_identity(visitor)
    return send_address(visitor)


def sent_for_review(visitor: Visitor) -> Visitor:
    return complete(visitor).submit("/verification/review")
