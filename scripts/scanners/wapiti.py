"""Reads wapiti's report: prints what it found, and fails unless all of it is known to be none."""

import json
import sys

# What it says of a demo over plain http on loopback, and where it is seen to in earnest.
NONE = {
    "Secure Flag cookie": "set over https (SPEC section 4)",
    "HTTP Strict Transport Security (HSTS)": "the TLS proxy's, see deploy/",
    "Unencrypted Channels": "the TLS proxy's, see deploy/",
}


def main(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    found = 0
    for kind in ("vulnerabilities", "anomalies"):
        for name, entries in report[kind].items():
            reason = NONE.get(name)
            for entry in entries:
                line = f"{name}: {entry['method']} {entry['path']} {entry.get('parameter') or ''} {entry['info']}"
                print(f"wapiti: {line[:300]}" + (f" (no finding: {reason})" if reason else ""))
                found += reason is None
    pages = report["infos"].get("crawled_pages_nbr", "?")
    print(f"wapiti: {pages} pages, {found} findings")
    return found > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
