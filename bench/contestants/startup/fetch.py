import http.client
import sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.hostname, url.port)
connection.request("GET", url.path)
print(len(connection.getresponse().read()))
