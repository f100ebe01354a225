//! The sending side of a caller.

use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::media::Pt;
use str0m::rtp::{ExtensionValues, RtpWrite, Ssrc};

use crate::media::{Packet, Script, Stream};

/// A stream to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlet {
    ssrc: Ssrc,
    pt: Pt,
    /// Of the next packet; beginning low, so that the receiver need not know of a roll-over.
    seq: u64,
}

/// What a caller sends.
pub(super) struct Publishing {
    pub(super) script: Script,
    sound: Outlet,
    /// For each encoding, if it is sent at all.
    pictures: [Option<Outlet>; 3],
    /// How many frames were sent since the last time that was asked.
    frames: u64,
}

impl Outlet {
    pub(super) fn new(ssrc: Ssrc, pt: Pt) -> Self {
        Self { ssrc, pt, seq: 1 }
    }
}

impl Publishing {
    pub(super) fn new(script: Script, sound: Outlet, pictures: [Option<Outlet>; 3]) -> Self {
        Self { script, sound, pictures, frames: 0 }
    }

    /// How many frames were sent since the last call, of all encodings of the picture.
    pub(super) fn frames(&mut self) -> u64 {
        std::mem::take(&mut self.frames)
    }

    /// Writes what is due, and tells how many packets that were and how late they are.
    pub(super) fn write(&mut self, rtc: &mut Rtc, now: Instant) -> (u64, Duration) {
        let Self { script, sound, pictures, frames } = self;
        let mut api = rtc.direct_api();
        let mut written = 0;
        let loudness = script.level();
        let late = script.due(now, |Packet { stream, time, marker, payload }| {
            let (outlet, nackable) = match stream {
                Stream::Sound => (Some(&mut *sound), false),
                Stream::Picture(layer) => (pictures[layer].as_mut(), true),
            };
            let Some(outlet) = outlet else { return };
            let Some(stream) = api.stream_tx(&outlet.ssrc) else { return };
            let level = (!nackable).then_some(loudness);
            let extensions = ExtensionValues {
                audio_level: level,
                voice_activity: level.map(|_| true),
                ..Default::default()
            };
            let packet = RtpWrite::new(outlet.pt, outlet.seq.into(), time, now, payload);
            stream.write_rtp(packet.marker(marker).ext_vals(extensions).nackable(nackable));
            outlet.seq += 1;
            written += 1;
            *frames += u64::from(marker);
        });
        (written, late)
    }
}
