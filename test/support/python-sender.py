"""Signs webhooks as the vendor does. Each line of stdin is a request, each line of stdout its answer."""

import hashlib
import hmac
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    try:
        value = json.loads(request["text"])
        canonical = json.dumps(value, separators=(",", ":"), sort_keys=True)
        message = f"{request['timestamp']}.{canonical}"
        digest = hmac.new(request["secret"].encode(), message.encode(), hashlib.sha256)
        answer = {
            "body": json.dumps(value, **request["style"]),
            "canonical": canonical,
            "signature": digest.hexdigest(),
        }
    except (ValueError, RecursionError) as error:
        answer = {"error": type(error).__name__}
    print(json.dumps(answer), flush=True)
