//! Between the packets of the library and ours.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Vp8Descriptor};

use super::negotiation::format;
use super::{Endpoint, Stream, StreamId};
use crate::outgoing::Rewrite;
use crate::packet::Packet;

/// How far the clock of a sender may seem to run away before it is looked at anew.
const CLOCK_JUMP: Duration = Duration::from_secs(2);

/// What the wall clock of the client showed at some time of ours. All its sources share it, which keeps them together.
#[derive(Clone, Copy)]
pub(super) struct SenderClock {
    theirs: SystemTime,
    ours: Instant,
}

impl Endpoint {
    /// Queues a packet for the client; it leaves with the next [`drain`](Self::drain).
    pub(crate) fn write(&mut self, stream: StreamId, packet: &Packet, rewrite: &Rewrite) {
        let Some(Stream { ssrc, formats, .. }) = self.streams.get(stream.0) else { return };
        let Some((format, pt)) = formats.iter().find(|(format, _)| *format == packet.format) else { return };
        let extensions = ExtensionValues {
            audio_level: packet.level.and_then(|level| i8::try_from(level).ok()).map(|level| -level),
            voice_activity: packet.voice,
            video_orientation: packet.orientation,
            ..ExtensionValues::default()
        };
        let wallclock = packet.captured.unwrap_or(packet.arrival);
        let payload = Arc::clone(&packet.payload);
        let mut write = RtpWrite::new(*pt, rewrite.sequence.into(), rewrite.timestamp, wallclock, payload)
            .marker(rewrite.marker)
            .nackable(format.video().is_some())
            .ext_vals(extensions);
        if let Some(vp8) = rewrite.vp8
            && let Ok(descriptor) = Vp8Descriptor::parse(&packet.payload)
        {
            let mut patch = descriptor.patch();
            if let Some(picture_id) = vp8.picture_id {
                patch = patch.picture_id(picture_id);
            }
            if let Some(index) = vp8.tl0_pic_idx {
                patch = patch.tl0_pic_idx(index);
            }
            // A descriptor that takes no such number stays as it is.
            if let Ok(patch) = patch.build() {
                write = write.vp8_patch(patch);
            }
        }
        if let Some(stream) = self.rtc.direct_api().stream_tx(ssrc) {
            stream.write_rtp(write);
            self.queued += 1;
        }
    }

    pub(super) fn read(&mut self, packet: RtpPacket) -> Option<Packet> {
        let RtpPacket { seq_no, header, payload, timestamp, last_sender_info, .. } = packet;
        let ssrc = header.ssrc;
        let pt = header.payload_type;
        let params = self.rtc.codec_config().params();
        let params = params.iter().find(|params| params.pt() == pt || params.red() == Some(pt))?;
        let format = format(params, params.red() == Some(pt))?;
        let stream = self.rtc.direct_api();
        let (mid, rid) = {
            let mut stream = stream;
            let stream = stream.stream_rx(&ssrc)?;
            (stream.mid(), stream.rid())
        };
        let captured = last_sender_info.and_then(|info| {
            let since = ticks_since(header.timestamp, info.rtp_time.numer(), format.clock_rate());
            self.captured(info.ntp_time, since, timestamp)
        });
        Some(Packet {
            ssrc: *ssrc,
            mid,
            rid,
            format,
            sequence: *seq_no,
            timestamp: header.timestamp,
            marker: header.marker,
            arrival: timestamp,
            captured,
            level: header.ext_vals.audio_level.map(|level| level.unsigned_abs().min(127)),
            voice: header.ext_vals.voice_activity,
            orientation: header.ext_vals.video_orientation,
            payload,
        })
    }

    /// When something was captured, on our clock: `since` seconds after `reported` on theirs.
    fn captured(&mut self, reported: SystemTime, since: f64, arrival: Instant) -> Option<Instant> {
        let offset = Duration::try_from_secs_f64(since.abs()).ok()?;
        let theirs = if since < 0.0 { reported.checked_sub(offset) } else { reported.checked_add(offset) }?;
        let clock = self.clock.get_or_insert(SenderClock { theirs, ours: arrival });
        let ours = clock.to_ours(theirs)?;
        let apart = arrival.max(ours) - arrival.min(ours);
        if apart > CLOCK_JUMP {
            *clock = SenderClock { theirs, ours: arrival };
            return Some(arrival);
        }
        if ours > arrival {
            // What the clock was first read off had been longer on its way. Nothing arrives before it was captured.
            *clock = SenderClock { theirs, ours: arrival };
        }
        Some(ours.min(arrival))
    }
}

impl SenderClock {
    fn to_ours(self, theirs: SystemTime) -> Option<Instant> {
        match theirs.duration_since(self.theirs) {
            Ok(later) => self.ours.checked_add(later),
            Err(earlier) => self.ours.checked_sub(earlier.duration()),
        }
    }
}

/// Seconds from one time stamp to another, which may be before it; both go round after 32 bits.
fn ticks_since(timestamp: u32, reported: u64, clock_rate: u32) -> f64 {
    // The extended part is what it was when the report came.
    let reported = u32::try_from(reported & u64::from(u32::MAX)).unwrap_or_default();
    let ticks = timestamp.wrapping_sub(reported).cast_signed();
    f64::from(ticks) / f64::from(clock_rate)
}
