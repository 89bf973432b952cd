"""Reads OpenMetrics pages with the strict parser of Prometheus's Python client.

On stdin stands a JSON array of pages. On stdout comes an array of what each of them holds: its families, or
the error for which the parser refuses it. Numbers are text, so that none is rounded and NaN may be among them.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def time(stamp):
    if stamp is None:
        return None
    return f"{stamp.sec}.{stamp.nsec:09}" if hasattr(stamp, "nsec") else repr(stamp)


def exemplar(given):
    if given is None:
        return None
    return {"labels": given.labels, "value": repr(given.value), "time": time(given.timestamp)}


def sample(given):
    return {
        "name": given.name,
        "labels": given.labels,
        "value": repr(given.value),
        "time": time(given.timestamp),
        "exemplar": exemplar(given.exemplar),
    }


def family(given):
    return {
        "name": given.name,
        "type": given.type,
        "unit": given.unit,
        "help": given.documentation,
        "samples": [sample(one) for one in given.samples],
    }


def read(page):
    try:
        return [family(one) for one in text_string_to_metric_families(page)]
    except Exception as error:  # Whatever it is, the page is refused.
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([read(page) for page in json.load(sys.stdin)], sys.stdout)
