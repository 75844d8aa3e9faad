"""What the agent of a machine answers to anybody, on its port 8090."""

import http.client

PORT = 8090


def answer(host: str, port: int, method: str, seconds: float) -> tuple:
    """(status, body); OSError if there is no answer."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", f"/prpc/{method}")
        response = connection.getresponse()
        return response.status, response.read()
    except (http.client.HTTPException, ConnectionResetError) as problem:
        raise OSError("this port does not speak HTTP as the agent's does; for an app's own port write https://HOST:PORT") from problem
    finally:
        connection.close()


def is_there(host: str, port: int, seconds: float) -> bool:
    try:
        return answer(host, port, "Version", seconds)[0] == 200
    except OSError:
        return False
