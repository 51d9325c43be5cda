"""GETs by http.client over one connection."""
import http.client
import sys
from urllib.parse import urlsplit

from rounds import answer_rounds

url = urlsplit(sys.argv[1])
size = int(sys.argv[2])
connection = http.client.HTTPConnection(url.hostname, url.port)


def get():
    connection.request("GET", url.path)
    response = connection.getresponse()
    if response.status != 200 or len(response.read()) != size:
        raise RuntimeError("not the body")


answer_rounds(get)
