"""What schemathesis does not know of bodies that are text."""

import schemathesis
from schemathesis.core import NotSet

TEXT = ("application/x-ndjson", "text/html")


@schemathesis.serializer("application/x-ndjson")
def json_lines(ctx, value):
    """JSON Lines are sent as they stand."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def filter_case(ctx, case):
    """Whatever is sent as text is text: no other type can be sent to see it refused."""
    return case.media_type not in TEXT or isinstance(case.body, (str, bytes, NotSet))
