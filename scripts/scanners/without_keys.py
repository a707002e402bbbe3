"""What schemathesis is told: it sends the same Idempotency-Key with many requests, which are then refused for that alone."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    for name in [name for name in (case.headers or {}) if name.lower() == "idempotency-key"]:
        # Impossible ones are kept: they have to be refused.
        if 0 < len(case.headers[name]) <= 255:
            del case.headers[name]
