"""GETs by requests, in one session."""
import sys

import requests
from rounds import answer_rounds

url = sys.argv[1]
size = int(sys.argv[2])
session = requests.Session()


def get():
    response = session.get(url)
    if response.status_code != 200 or len(response.content) != size:
        raise RuntimeError("not the body")


answer_rounds(get)
