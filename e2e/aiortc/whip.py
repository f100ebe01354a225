"""A publisher by WHIP, or a viewer by WHEP, made of aiortc.

    whip.py publish URL [CODEC]   publishes a colour and a tone; says so once connected, goes on until its input ends
    whip.py watch URL [CODEC]     watches and listens until enough has come

What happened is printed as lines of JSON. Both end their session on the server before they end."""

import asyncio
import json
import math
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request

import av
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

# Far longer than anything takes: whoever waits so long has failed.
PATIENCE = 60
WIDTH, HEIGHT = 320, 240
# Y, U and V of what is shown: an orange that nothing else is.
COLOUR = (150, 60, 180)
# How far a decoded colour may be from that.
TOLERANCE = 12
# In Hz, in samples of a second, and at its loudest.
TONE, RATE, LOUD = 440, 8_000, 8_000
# What has to come until a viewer has seen enough.
PICTURES, SOUNDS = 10, 50


class Colour(VideoStreamTrack):
    """One colour all over."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, COLOUR):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A sine."""

    async def recv(self):
        frame = await super().recv()
        times = range(frame.pts, frame.pts + frame.samples)
        samples = [round(LOUD * math.sin(2 * math.pi * TONE * time / RATE)) for time in times]
        data = struct.pack(f"<{len(samples)}h", *samples)
        frame.planes[0].update(data.ljust(frame.planes[0].buffer_size, b"\0"))
        return frame


def say(**what):
    print(json.dumps(what), flush=True)


def request(method, url, body=None, headers=None):
    """The status, the headers and the body of an answer."""
    data = body.encode() if body is not None else None
    made = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(made, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


async def begin(peer, url):
    """Offers at this address; where the session is."""
    await peer.setLocalDescription(await peer.createOffer())
    headers = {"Content-Type": "application/sdp"}
    offer = peer.localDescription.sdp
    status, headers, body = await asyncio.to_thread(request, "POST", url, offer, headers)
    if status != 201:
        raise SystemExit(f"POST {url}: {status} {body}")
    connected = asyncio.get_running_loop().create_future()

    @peer.on("connectionstatechange")
    def changed():
        if peer.connectionState in ("connected", "failed", "closed") and not connected.done():
            connected.set_result(peer.connectionState)

    await peer.setRemoteDescription(RTCSessionDescription(body, "answer"))
    if await connected != "connected":
        raise SystemExit(f"the connection {connected.result()}")
    return urllib.parse.urljoin(url, headers["Location"])


async def end(session):
    status, _, _ = await asyncio.to_thread(request, "DELETE", session)
    say(deleted=status)


def only(transceiver, codec):
    known = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([one for one in known if one.mimeType == f"video/{codec}"])


async def publish(peer, url, codec="VP8"):
    peer.addTransceiver(Tone(), direction="sendonly")
    camera = peer.addTransceiver(Colour(), direction="sendonly")
    only(camera, codec)
    session = await asyncio.wait_for(begin(peer, url), PATIENCE)
    say(published=True)
    await asyncio.to_thread(sys.stdin.read)
    await end(session)


def is_the_colour(frame):
    """Whether the middle of a picture is of the colour that is published."""
    planes = frame.reformat(format="yuv420p").planes
    rows = (frame.height // 2, frame.height // 4, frame.height // 4)
    middles = (bytes(plane)[row * plane.line_size + plane.width // 2] for plane, row in zip(planes, rows))
    return all(abs(middle - wanted) <= TOLERANCE for middle, wanted in zip(middles, COLOUR))


async def see(track):
    frames = [await track.recv() for _ in range(PICTURES)]
    last = frames[-1]
    return {"frames": len(frames), "size": [last.width, last.height], "colour": is_the_colour(last)}


async def hear(track):
    loudest = 0
    for _ in range(SOUNDS):
        frame = await track.recv()
        samples = struct.unpack(f"<{frame.samples * 2}h", bytes(frame.planes[0])[: frame.samples * 4])
        loudest = max(loudest, *samples)
    return {"loudest": loudest}


async def watch(peer, url, codec=None):
    tracks = {}
    peer.on("track", lambda track: tracks.setdefault(track.kind, track))
    peer.addTransceiver("audio", direction="recvonly")
    picture = peer.addTransceiver("video", direction="recvonly")
    if codec:
        only(picture, codec)
    session = await asyncio.wait_for(begin(peer, url), PATIENCE)
    say(watching=True)
    seen, heard = await asyncio.wait_for(asyncio.gather(see(tracks["video"]), hear(tracks["audio"])), PATIENCE)
    say(seen=seen, heard=heard)
    await end(session)


async def main():
    action, *arguments = sys.argv[1:]
    peer = RTCPeerConnection()
    try:
        await {"publish": publish, "watch": watch}[action](peer, *arguments)
    finally:
        await peer.close()


asyncio.run(main())
