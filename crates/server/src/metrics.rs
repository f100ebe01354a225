//! `GET /metrics`: what the server has done and holds, for Prometheus (text format 0.0.4). Never by room or participant.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use visavis_rooms::{Histogram, Switched};

use crate::http::App;
use crate::media::MediaCounts;
use crate::recordings;

/// Something that only grows, or that goes up and down.
#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
}

/// One of them: its kind, its name, what it counts, and how many that are.
struct Metric(Kind, &'static str, &'static str, u64);

/// Answers with everything there is to tell.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let (Some(counts), Some(rooms)) = tokio::join!(app.media.counts(), app.hub.counts()) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the media threads are too busy to count\n")
            .into_response();
    };
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4"), (CACHE_CONTROL, "no-store")];
    let text = render(&counts, app.recordings.counts()) + &render_switched(&rooms.switched);
    (headers, text).into_response()
}

fn render(counts: &MediaCounts, recordings: recordings::Counts) -> String {
    let mut text = String::new();
    let media = turn_metrics(counts).into_iter().chain(sfu_metrics(&counts.sfu));
    for Metric(kind, name, help, value) in media.chain(recording_metrics(recordings)) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // A string takes everything.
        let _ = write!(
            text,
            "# HELP visavis_{name} {help}.\n# TYPE visavis_{name} {kind}\nvisavis_{name} {value}\n"
        );
    }
    text
}

fn render_switched(switched: &Switched) -> String {
    let mut text = String::from(
        "# HELP visavis_switches_total Changes of a publisher's path that have ended.\n# TYPE visavis_switches_total counter\n",
    );
    for (outcome, count) in [("committed", switched.committed), ("undone", switched.undone)] {
        let _ = writeln!(text, "visavis_switches_total{{outcome=\"{outcome}\"}} {count}");
    }
    text += "# HELP visavis_switch_gap_seconds For how long a picture stood still, or a sound was missing, in one of them.\n\
             # TYPE visavis_switch_gap_seconds histogram\n";
    for (kind, histogram) in [("picture", &switched.picture), ("sound", &switched.sound)] {
        render_histogram(&mut text, kind, histogram);
    }
    text
}

fn render_histogram(text: &mut String, kind: &str, histogram: &Histogram) {
    let Histogram { counts, count, sum } = histogram;
    let mut so_far = 0;
    for (bound, count) in Histogram::BOUNDS.iter().zip(counts) {
        so_far += count;
        let bound = f64::from(*bound) / 1000.0;
        let _ =
            writeln!(text, "visavis_switch_gap_seconds_bucket{{kind=\"{kind}\",le=\"{bound}\"}} {so_far}");
    }
    let _ = writeln!(text, "visavis_switch_gap_seconds_bucket{{kind=\"{kind}\",le=\"+Inf\"}} {count}");
    let _ = writeln!(text, "visavis_switch_gap_seconds_sum{{kind=\"{kind}\"}} {}", sum / 1000.0);
    let _ = writeln!(text, "visavis_switch_gap_seconds_count{{kind=\"{kind}\"}} {count}");
}

fn turn_metrics(counts: &MediaCounts) -> [Metric; 12] {
    use Kind::{Counter, Gauge};
    let MediaCounts { turn, connections, peers, .. } = counts;
    [
        Metric(Gauge, "turn_allocations", "TURN allocations that are live", turn.allocations),
        Metric(Counter, "turn_allocated_total", "TURN allocations that were made", turn.allocated),
        Metric(
            Counter,
            "turn_challenged_total",
            "TURN requests refused for want of good credentials",
            turn.challenged,
        ),
        Metric(
            Counter,
            "turn_unanswered_total",
            "TURN requests without good credentials from addresses that got their share of challenges",
            turn.unanswered,
        ),
        Metric(Counter, "turn_refused_total", "TURN requests refused for any other reason", turn.refused),
        Metric(
            Counter,
            "turn_to_peers_datagrams_total",
            "Datagrams relayed to peers",
            turn.to_peers.datagrams,
        ),
        Metric(
            Counter,
            "turn_to_peers_bytes_total",
            "Bytes relayed to peers, without headers",
            turn.to_peers.bytes,
        ),
        Metric(
            Counter,
            "turn_to_clients_datagrams_total",
            "Datagrams relayed to clients",
            turn.to_clients.datagrams,
        ),
        Metric(
            Counter,
            "turn_to_clients_bytes_total",
            "Bytes relayed to clients, without headers",
            turn.to_clients.bytes,
        ),
        Metric(
            Counter,
            "turn_dropped_datagrams_total",
            "Datagrams not relayed: beyond the bandwidth of an allocation, or without a permission",
            turn.dropped,
        ),
        Metric(Gauge, "turn_tcp_connections", "TURN clients connected over TCP or TLS", *connections),
        Metric(Gauge, "turn_peer_connections", "Connections with peers of TCP relays", *peers),
    ]
}

fn sfu_metrics(sfu: &visavis_sfu::Counts) -> [Metric; 8] {
    use Kind::{Counter, Gauge};
    [
        Metric(Gauge, "sfu_endpoints", "Participants connected with the forwarder", sfu.endpoints),
        Metric(Gauge, "sfu_rooms", "Rooms with such participants", sfu.rooms),
        Metric(Counter, "sfu_received_packets_total", "RTP packets received from publishers", sfu.packets_in),
        Metric(Counter, "sfu_received_bytes_total", "Their payload", sfu.bytes_in),
        Metric(Counter, "sfu_forwarded_packets_total", "RTP packets sent on to subscribers", sfu.packets_out),
        Metric(Counter, "sfu_forwarded_bytes_total", "Their payload", sfu.bytes_out),
        Metric(
            Counter,
            "sfu_key_frame_requests_total",
            "Key frames asked of publishers",
            sfu.key_frame_requests,
        ),
        Metric(Counter, "sfu_failed_endpoints_total", "Endpoints that ended because of a bug", sfu.failed),
    ]
}

fn recording_metrics(recordings: recordings::Counts) -> [Metric; 3] {
    use Kind::{Counter, Gauge};
    [
        Metric(Gauge, "recordings_under_way", "Recordings under way", recordings.under_way),
        Metric(Counter, "recordings_finished_total", "Recordings that have ended", recordings.finished),
        Metric(Gauge, "recordings_bytes", "Bytes of all recordings that are kept", recordings.bytes),
    ]
}

#[cfg(test)]
mod tests {
    use visavis_turn::{Counts, Traffic};

    use super::*;

    #[test]
    fn each_metric_has_a_help_a_type_and_a_value_of_its_own() {
        let traffic = |datagrams, bytes| Traffic { datagrams, bytes };
        let turn = Counts {
            allocations: 1,
            allocated: 2,
            challenged: 3,
            unanswered: 4,
            refused: 5,
            to_peers: traffic(6, 7),
            to_clients: traffic(8, 9),
            dropped: 10,
        };
        let sfu = visavis_sfu::Counts {
            endpoints: 13,
            rooms: 14,
            packets_in: 15,
            bytes_in: 16,
            packets_out: 17,
            bytes_out: 18,
            key_frame_requests: 19,
            failed: 20,
        };
        let recordings = recordings::Counts { under_way: 21, finished: 22, bytes: 23 };
        let text = render(&MediaCounts { turn, sfu, connections: 11, peers: 12 }, recordings);
        let values: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        for (line, number) in values.iter().zip(1..) {
            let (name, value) = line.split_once(' ').unwrap();
            assert_eq!(value, number.to_string(), "{line}");
            assert!(text.contains(&format!("# HELP {name} ")), "{name}");
            assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
            assert_eq!(
                name.ends_with("_total"),
                text.contains(&format!("# TYPE {name} counter\n")),
                "{name}"
            );
        }
        assert_eq!(values.len(), 23);
    }

    #[test]
    fn switches_are_counted_by_their_outcome_and_gaps_by_their_length() {
        let picture = Histogram { counts: [1, 0, 2, 0, 0, 0, 0, 0, 0, 0], count: 4, sum: 9070.5 };
        let text =
            render_switched(&Switched { committed: 5, undone: 6, picture, sound: Histogram::default() });
        let gaps = |rest: &str| format!("visavis_switch_gap_seconds{rest}");
        for line in [
            "visavis_switches_total{outcome=\"committed\"} 5".to_owned(),
            "visavis_switches_total{outcome=\"undone\"} 6".to_owned(),
            gaps("_bucket{kind=\"picture\",le=\"0\"} 1"),
            gaps("_bucket{kind=\"picture\",le=\"0.02\"} 1"),
            gaps("_bucket{kind=\"picture\",le=\"0.04\"} 3"),
            gaps("_bucket{kind=\"picture\",le=\"5.12\"} 3"),
            gaps("_bucket{kind=\"picture\",le=\"+Inf\"} 4"),
            gaps("_sum{kind=\"picture\"} 9.0705"),
            gaps("_count{kind=\"sound\"} 0"),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
