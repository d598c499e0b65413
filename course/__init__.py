"""What instructors run: the exercises with their misconceptions, and the way from master to mark."""

import sys

# jsonschema would compile grammars of addresses for more than a second, in every process; no notebook is checked for those.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # which Python reads as: it cannot be imported
