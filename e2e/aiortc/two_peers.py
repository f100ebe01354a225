"""Two peers of aiortc call each other, by way of relays only. An answer of /api/ice on standard input says where TURN is, the
one argument which of its URLs to use; how the call went is printed as JSON."""

import asyncio
import json
import sys

from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

# Far longer than anything takes: a call that waits so long has failed.
PATIENCE = 60
# More than a datagram holds.
LONG = "x" * 20_000


def configuration(servers, url):
    turn = next(server for server in servers if url in server["urls"])
    server = RTCIceServer(urls=[url], username=turn["username"], credential=turn["credential"])
    return RTCConfiguration(iceServers=[server], iceTransportPolicy=RTCIceTransportPolicy.RELAY)


def candidates(peer):
    lines = peer.localDescription.sdp.splitlines()
    return [line for line in lines if line.startswith("a=candidate:")]


async def negotiate(caller, callee):
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription)


def echoes(peer):
    """Sends back whatever comes on a data channel."""

    @peer.on("datachannel")
    def opened(channel):
        channel.on("message", channel.send)


def arriving_tracks(peer):
    tracks = asyncio.Queue()
    peer.on("track", tracks.put_nowait)
    return tracks


def echo_of(channel, text):
    """What comes back after `text` has been sent on a channel, once that is open."""
    came = asyncio.get_running_loop().create_future()
    channel.on("open", lambda: channel.send(text))
    channel.on("message", came.set_result)
    return came


async def call(caller, callee):
    echoes(callee)
    tracks = arriving_tracks(callee)
    echo = echo_of(caller.createDataChannel("words"), LONG)
    for track in (AudioStreamTrack(), VideoStreamTrack()):
        caller.addTrack(track)
    await negotiate(caller, callee)
    frames = []
    for _ in range(2):
        track = await tracks.get()
        await track.recv()
        frames.append(track.kind)
    return {
        "candidates": candidates(caller) + candidates(callee),
        "echoed": await echo == LONG,
        "frames": sorted(frames),
    }


async def main():
    servers = json.load(sys.stdin)["ice_servers"]
    peers = [RTCPeerConnection(configuration(servers, sys.argv[1])) for _ in range(2)]
    try:
        print(json.dumps(await asyncio.wait_for(call(*peers), PATIENCE)))
    finally:
        await asyncio.gather(*(peer.close() for peer in peers))


asyncio.run(main())
