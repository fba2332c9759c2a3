"""An S3 on a loopback port for tests: moto's, one request at a time. python s3.py PORT

moto keeps the request it answers in one object for all threads: two at the same time get parts of each other. So each
is read whole first, and then answered while no other is. One that was cut off on its way is refused, as S3 would.
"""

import io
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

answer = DomainDispatcherApplication(create_backend_app)
alone = threading.Lock()


def one_at_a_time(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    if len(body) < length:
        start_response("400 Bad Request", [("Content-Length", "0")])
        return [b""]
    environ["wsgi.input"] = io.BytesIO(body)
    with alone:
        return [b"".join(answer(environ, start_response))]


run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True, request_handler=MotoRequestHandler)
