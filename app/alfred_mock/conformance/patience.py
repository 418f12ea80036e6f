"""When a run ends before its end, for the good of whoever runs the server."""

from alfred_mock.conformance.exchange import Answer, Stopped

MOST_FAILURES = 3


class Patience:
    """Ends a run at a 429, at the third 5xx and at what is no API."""

    def __init__(self) -> None:
        self._failures = 0

    def judge(self, answer: Answer) -> None:
        """Judge an answer.

        Raises:
            Stopped: nothing more should be sent; says why.
        """
        status = answer.status
        if status == 429:
            raise Stopped("the server says that there are too many requests (429)")
        if status >= 500:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                raise Stopped(f"the server failed {self._failures} times, the last with {status}")
        if 300 <= status < 400 and status != 304:
            raise Stopped(f"the server redirects ({status}); the URL is not that of an API")
        if status < 300 and "html" in (answer.header("content-type") or "").lower():
            raise Stopped("the server shows a web page, such as one to log in; this is no API")
