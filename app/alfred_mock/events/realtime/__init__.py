"""Events in real time: Socket.IO 5 over Engine.IO 4, as both official clients speak it.

A layer of our own, for what the library `python-socketio` could not meet: by polling alone it does
not complete the poll that is open when a client leaves, so that the Python client hangs for half a
minute; and it would be one more thing to install, for servers that nobody listens to.

- `packets` is what goes over the wire, `connection` a client's side of it;
- `polling` and `websocket` are the two ways to carry packets;
- `rooms` has the connections of each company, and hands out its events;
- `server` puts them together, and `mount` is where requests come in.
"""
