"""A door bell that takes part in a call: everybody hears its tone, and it says once a second how loud each of them is.

    python intercom.py ws://localhost:8080/ws door "Door bell"

It needs two packages, aiortc and websockets, and ends with Ctrl-C. The protocol is that of docs/protocol.md: sections 1 to 3
are the signaling, section 4 is how two participants connect. What is left out: coming back after a loss, classic
participants, and media by way of the server (section 6). Whoever takes no part in that is sent to directly, by everybody,
unless the room's host has forbidden it."""

import asyncio
import contextlib
import json
import sys

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription, mediastreams, sdp
from websockets.asyncio.client import connect


class Tone(mediastreams.AudioStreamTrack):
    async def recv(self):
        frame = await super().recv()  # 20 ms of silence, 160 samples of 16 bits
        frame.planes[0].update(((b"\0\x10" * 8 + b"\0\xf0" * 8) * 10).ljust(frame.planes[0].buffer_size, b"\0"))
        return frame


async def listen(track, name):
    with contextlib.suppress(mediastreams.MediaStreamError):  # they have left
        while peaks := [max(memoryview((await track.recv()).planes[0]).cast("h")) for _ in range(50)]:  # a second
            print(json.dumps({"heard": name, "loudest": max(peaks)}), flush=True)


async def main(url, room, name):
    ids, seq, ice, peers = iter(range(1, sys.maxsize)), 0, [], {}
    async with connect(url, max_size=None) as socket:

        async def say(**message):
            await socket.send(json.dumps(message))

        # The lines are fixed: microphone, camera, screen, the screen's sound, data. No pictures are wanted here.
        def meet(other):
            peer = peers[other["id"]] = RTCPeerConnection(RTCConfiguration(ice, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
            for line, way in (Tone(), "sendrecv"), ("video", "inactive"), ("video", "inactive"), ("audio", "recvonly"):
                peer.addTransceiver(line, way)
            peer.createDataChannel("visavis", negotiated=True, id=0)
            peer.on("track", lambda track: asyncio.ensure_future(listen(track, other["name"])))

        # An offer or an answer, as it is due. aiortc looks for all candidates first, which stand in it then.
        async def describe(who):
            await peers[who].setLocalDescription()
            await say(type="description", id=next(ids), to=who, description=vars(peers[who].localDescription))

        await say(type="hello", protocol=1, client="intercom.py")
        await say(type="join", id=next(ids), room=room, name=name, state={"mic": True})
        with contextlib.suppress(asyncio.CancelledError):  # Ctrl-C
            while True:
                with contextlib.suppress(TimeoutError):  # nobody has said anything
                    message = json.loads(await asyncio.wait_for(socket.recv(), 5))
                    seq = message.get("seq", seq)
                    match message:
                        case {"type": "error", "re": 1, "message": sentence}:  # not let in
                            raise SystemExit(sentence)
                        case {"type": "welcome", "ice_servers": servers}:
                            ice = [RTCIceServer(**server) for server in servers]
                        case {"type": "joined", "re": _, "participants": others}:  # the newcomer offers…
                            for other in others:
                                meet(other)
                                await describe(other["id"])
                        case {"type": "participant-joined", "participant": other}:  # … and those who were there wait
                            meet(other)
                        case {"type": "participant-left", "participant": who}:
                            await peers.pop(who).close()
                        case {"type": "description", "from": who, "description": {"type": kind, "sdp": text}}:
                            await peers[who].setRemoteDescription(RTCSessionDescription(text, kind))
                            if kind == "offer":
                                await describe(who)
                        case {"type": "candidate", "from": who, "candidate": {"candidate": line, "sdpMid": mid}} if line:
                            candidate = sdp.candidate_from_sdp(line.removeprefix("candidate:"))
                            candidate.sdpMid = mid
                            await peers[who].addIceCandidate(candidate)
                # Of somebody who says nothing for 45 seconds the server takes the connection for dead.
                await say(type="ack", seq=seq)
    await asyncio.gather(*(peer.close() for peer in peers.values()))


asyncio.run(main(*sys.argv[1:]))
