"""Lets the platforms' own clients read what Konektor says, and writes what they say for Konektor to read.

Standard input: {"google": [request body, ...], "meta": [{"told": event, "email": text, "phone": text}, ...]}
Standard output: what came of it, as JSON. Nothing here opens a connection.
"""

import json
import sys

from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.user_data import UserData
from google.ads import datamanager_v1 as google


def google_json(message):
    return json.loads(
        type(message).to_json(message, use_integers_for_enums=False, always_print_fields_with_no_presence=False)
    )


def google_read_back(body):
    """Raises on a field that the request does not have, or on a value of the wrong kind."""
    return google_json(google.IngestEventsRequest.from_json(body))


def google_status(status, *counts):
    of_destination = google.RequestStatusPerDestination(
        request_status=status,
        error_info={"error_counts": [{"reason": reason, "record_count": count} for reason, count in counts]},
    )
    return google_json(google.RetrieveRequestStatusResponse(request_status_per_destination=[of_destination]))


def google_says():
    status = google.RequestStatusPerDestination.RequestStatus
    accepted = google.IngestEventsResponse(
        request_id="request-1",
        field_warnings=[{"field": "events.events[1].currency", "description": "Odd.", "reason": "WARNING_REASON_GENERIC"}],
    )
    return {
        "accepted": google_json(accepted),
        "error_reasons": [reason.name for reason in google.ErrorReason],
        "statuses": {each.name: google_status(each) for each in status},
        "failures": {
            reason.name: google_status(status.FAILED, (reason, 2)) for reason in google.ProcessingErrorReason if reason
        },
    }


USER_DATA = {"external_id": "external_ids", "client_ip_address": None, "client_user_agent": None, "fbc": None, "fbp": None}


def meta_normalised(case):
    """The event as the client sends it, from the same values but plain contact data."""
    told = dict(case["told"])
    user_data = dict(told.pop("user_data"))
    for hashed in ("em", "ph"):
        user_data.pop(hashed, None)
    named = {USER_DATA[name] or name: value for name, value in user_data.items()}
    plain = {"emails": [case["email"]] if case["email"] else None, "phones": [case["phone"]] if case["phone"] else None}
    event = Event(
        user_data=UserData(**named, **{name: value for name, value in plain.items() if value}),
        custom_data=CustomData(**told.pop("custom_data", {})),
        action_source=ActionSource(told.pop("action_source")),
        **told,
    )
    return event.normalize()


def main():
    asked = json.load(sys.stdin)
    answer = {
        "google_read_back": [google_read_back(body) for body in asked["google"]],
        "google_says": google_says(),
        "meta": [meta_normalised(case) for case in asked["meta"]],
    }
    json.dump(answer, sys.stdout)


main()
