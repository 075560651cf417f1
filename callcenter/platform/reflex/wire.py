"""What goes over the socket of a page: Engine.IO's frames, Socket.IO's packets in them, and Reflex' events in those."""

PATH = "/_event"
"""The address of the sockets, and the name of Socket.IO's namespace in them."""
PING, PONG = "2", "3"
"""Engine.IO's, as they are written in a WebSocket. The code of the page answers a ping."""
NAMESPACE = PATH + ","
CONNECT, PACKET = "40" + NAMESPACE, "42" + NAMESPACE
"""The beginnings of Socket.IO's packets that carry something."""
SIGNALS = frozenset({"1", PING, PONG, PING + "probe", PONG + "probe", "41" + NAMESPACE})
"""The frames a page sends that carry nothing."""
EVENT, REPORT = "event", "client_error"
"""The kinds of packets: an event (to the server) or new values (to the page), and an error in the page's own code."""
SETTER = ".setvar"
"""The end of the name of an event that Reflex gives to every state."""
STORAGE = "vars"
"""The part of an event in which the browser brings back what it kept for a state."""
PAGE_ERROR = ".handle_frontend_exception"
"""The end of the name of the event that reports an error in the page's own code."""
