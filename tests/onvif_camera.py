"""A camera that answers who is there, as WS-Discovery and the ONVIF Core Specification (7.3) have it."""

import re
import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

GROUP, PORT = "239.255.255.250", 3702

_ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
<SOAP-ENV:Header><wsa:MessageID>urn:uuid:{message}</wsa:MessageID><wsa:RelatesTo>{relates}</wsa:RelatesTo>
<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>
<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action>
<d:AppSequence InstanceId="1" MessageNumber="{number}"/></SOAP-ENV:Header>
<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
<wsa:EndpointReference><wsa:Address>urn:uuid:{identity}</wsa:Address></wsa:EndpointReference>
<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes><d:XAddrs>{services}</d:XAddrs>
<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>"""


@contextmanager
def onvif_camera(
    host: str, *scopes: str, types: str = "dn:NetworkVideoTransmitter", noise: bytes = b"", interface: str = "127.0.0.1"
) -> Iterator[None]:
    """Answer every probe on an interface, after some noise, until the block is left."""
    stop = threading.Event()
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind(("", PORT))
    member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(interface))
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    ear.settimeout(0.1)
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, host)

    def answer() -> None:
        number = 0
        while not stop.is_set():
            try:
                question, asker = ear.recvfrom(65_535)
            except TimeoutError:
                continue
            asked = re.search(rb"MessageID>([^<]+)<", question)
            if asked is None or b"/Probe<" not in question.replace(b"ProbeMatches", b""):
                continue
            if noise:
                ear.sendto(noise, asker)
            number += 1
            text = _ANSWER.format(
                message=uuid.uuid4(), relates=asked[1].decode(), number=number, identity=identity, types=types,
                scopes=" ".join(scopes), services=f"http://{host}/onvif/device_service",
            )  # fmt: skip
            ear.sendto(text.encode(), asker)

    thread = threading.Thread(target=answer, name="onvif-camera", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        ear.close()
