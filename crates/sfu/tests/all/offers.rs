//! Offers that cannot be answered: a sentence says why, and nobody else notices.

use std::collections::BTreeMap;

use visavis_protocol::{ErrorCode, Forward, ForwardRequest, ServerMessage, Source};
use visavis_rtp::VideoCodec;
use visavis_sfu::Options;

use crate::client::{Client, Joining};
use crate::world::{ALL_LIVE, World, seconds};

/// An offer as a browser makes it.
fn good(world: &World) -> String {
    offer_in(world, &[VideoCodec::Vp8])
}

/// One whose pictures are in these codecs.
fn offer_in(world: &World, codecs: &'static [VideoCodec]) -> String {
    let mut client = Client::new(99, &Joining { codecs, ..Joining::publisher() }, 9, world.start, world.now);
    client.offer((1, 1)).0
}

/// What the server answers to an offer, of somebody who has no connection yet.
fn answer(world: &mut World, sdp: String) -> Result<String, (ErrorCode, String)> {
    let guest = world.guest();
    let offer = Forward::new(1, sdp, BTreeMap::from([(Source::Mic, "x".to_owned())])).unwrap();
    world.ask(guest, ForwardRequest::Offer { offer, re: 9, state: ALL_LIVE, only: None });
    let messages = std::mem::take(&mut world.clients[guest].messages);
    messages
        .into_iter()
        .find_map(|(_, message)| match message {
            ServerMessage::Error(error) => Some(Err((error.code, error.message))),
            ServerMessage::Forwarded(forwarded) => Some(Ok(forwarded.description.sdp)),
            _ => None,
        })
        .unwrap()
}

#[test]
fn an_offer_that_cannot_be_answered_is_refused_with_a_reason_and_nobody_else_notices() {
    let mut world = World::new(1);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(2.0);
    let good = good(&world);
    let head = good.split("m=").next().unwrap().to_owned();
    let line = |mid: usize| {
        format!(
            "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=rtpmap:96 VP8/90000\r\n"
        )
    };
    let without = |what: &str| {
        let kept: Vec<&str> = good.lines().filter(|line| !line.starts_with(what)).collect();
        kept.join("\r\n") + "\r\n"
    };
    let bad = [
        (String::new(), "sound nor pictures"),
        ("nonsense".to_owned(), "sound nor pictures"),
        (head.clone(), "sound nor pictures"),
        ((0..1000).map(line).fold(head.clone(), |sdp, line| sdp + &line), "m-lines"),
        (without("a=fingerprint"), "fingerprint"),
        (without("a=mid"), "mid"),
        (without("a=ice-ufrag"), "cannot be answered"),
        (without("v="), "cannot be answered"),
        ("\u{0}".repeat(60_000), "sound nor pictures"),
        ("m=audio 9\r\n".repeat(10) + &good, "mid"),
    ];
    for (index, (sdp, reason)) in bad.into_iter().enumerate() {
        let Err((code, message)) = answer(&mut world, sdp) else { panic!("bad offer {index} was answered") };
        assert!(code == ErrorCode::OfferRefused && message.contains(reason), "{index}: {message}");
        world.run(0.05);
        assert_eq!((world.sfu.counts().endpoints, world.sfu.counts().failed), (2, 0));
    }
    world.run(1.0);
    assert!(world.clients[viewer].picture().freeze(seconds(1.0), world.time()) < seconds(0.3));
    // The offer that they were made of is none of them.
    answer(&mut world, good).unwrap();
}

#[test]
fn candidates_lead_to_nothing_whatever_they_name() {
    let mut world = World::new(2);
    let good = good(&world);
    let candidates: String = (0..10_000)
        .map(|number| {
            format!("a=candidate:{number} 1 udp 1 10.0.{}.{} 9 typ host\r\n", number / 250, number % 250)
        })
        .chain(
            ["a=candidate:1 1 udp 1 4f9a7c3e-0b.local 9 typ host\r\n", "a=candidate:nonsense\r\n"]
                .map(str::to_owned),
        )
        .collect();
    answer(&mut world, good + &candidates).unwrap();
    world.run(2.0);
    // Nothing was ever sent to any of them.
    assert_eq!(world.strays, 0);
}

#[test]
fn an_m_line_without_any_codec_of_ours_is_refused_and_the_codecs_that_are_taken_are_named() {
    let mut world = World::new(3);
    let pictures = good(&world);
    let h264 = offer_in(&world, &[VideoCodec::H264]);
    let vp9 = offer_in(&world, &[VideoCodec::Vp9]);
    for (sdp, line, taken) in [
        (pictures.replace(" opus/48000/2", " G729/8000"), "m-line of audio with mid ", "taken: opus"),
        (
            pictures.replace(" VP8/90000", " VP7/90000"),
            "m-line of video with mid ",
            "taken: VP8, VP9 (profile 0), AV1 and H264",
        ),
        (pictures.replace(" VP8/90000", " opus/48000/2"), "m-line of video with mid ", "taken: VP8"),
        (h264.replace("packetization-mode=1", "packetization-mode=0"), "video", "(packetization mode 1)"),
        (h264.replace("a=fmtp", "a=x"), "video", "(packetization mode 1)"),
        (vp9.replace("profile-id=0", "profile-id=2"), "video", "VP9 (profile 0)"),
    ] {
        let (code, message) = answer(&mut world, sdp).unwrap_err();
        assert!(code == ErrorCode::OfferRefused && message.contains(line), "{message}");
        assert!(message.contains(taken), "{message}");
    }
    // A codec beside ours is nobody's trouble, and a line on which nothing is to go may have any.
    let more = pictures.replace(" VP8/90000", " VP8/90000\r\na=rtpmap:72 VP7/90000");
    let answered = answer(&mut world, more).unwrap();
    assert!(answered.contains("VP8") && !answered.contains("VP7"), "{answered}");
    let idle = pictures.replace("opus/48000/2", "G729/8000").replace("a=sendonly", "a=inactive");
    answer(&mut world, idle.replace("a=recvonly", "a=inactive")).unwrap();
    let without = Options { h264: false, ..Options::default() };
    let (_, message) = answer(&mut World::with(3, without), h264).unwrap_err();
    assert!(message.ends_with("taken: VP8, VP9 (profile 0) and AV1"), "{message}");
    assert_eq!(world.sfu.counts().failed, 0);
}

#[test]
fn a_connection_goes_on_as_it_was_when_more_is_offered_that_is_refused() {
    let mut world = World::new(7);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(2.0);
    let (sdp, sources) = world.clients[viewer].offer_more(1);
    world.send_offer(viewer, (sdp.replace(" VP8/90000", " VP7/90000"), sources));
    let refused = world.clients[viewer].messages.iter().any(
        |(_, message)| matches!(message, ServerMessage::Error(error) if error.code == ErrorCode::OfferRefused),
    );
    assert!(refused);
    world.run(4.0);
    let picture = world.clients[viewer].picture_of(&world.id(publisher), Source::Camera).unwrap();
    assert!(picture.freeze(seconds(2.0), world.time()) < seconds(0.3));
    assert_eq!((world.sfu.counts().endpoints, world.sfu.counts().failed), (2, 0));
}

#[test]
fn nothing_is_agreed_on_that_is_not_forwarded() {
    let mut world = World::new(6);
    let sdp = offer_in(&world, &[VideoCodec::H264, VideoCodec::Vp9]);
    let answer = answer(&mut world, sdp.clone()).unwrap();
    for (variant, is_taken) in [
        ("packetization-mode=1", true),
        ("packetization-mode=0", false),
        ("profile-id=0", true),
        ("profile-id=2", false),
    ] {
        assert!(sdp.contains(variant) && answer.contains(variant) == is_taken, "{variant}: {answer}");
    }
}

#[test]
fn a_client_with_another_certificate_than_it_offered_does_not_connect() {
    let mut world = World::new(4);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    let mut client = Client::new(3, &Joining::publisher(), 4, world.start, world.now);
    let (sdp, sources) = client.offer((0, 0));
    let digits = sdp.split("a=fingerprint:sha-256 ").nth(1).unwrap().split("\r\n").next().unwrap();
    let sdp = sdp.replace(digits, &vec!["00"; 32].join(":"));
    world.clients.push(client);
    world.send_offer(2, (sdp, sources));
    world.run(3.0);
    assert!(
        world.clients[2]
            .messages
            .iter()
            .any(|(_, message)| matches!(message, ServerMessage::ForwardEnded(_)))
    );
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.failed), (2, 0));
    assert!(world.clients[viewer].picture().freeze(seconds(1.0), world.time()) < seconds(0.3));
}

#[test]
fn no_more_connect_than_are_allowed() {
    let mut world = World::with(5, Options { max_endpoints: 2, ..Options::default() });
    let offer = good(&world);
    for expected in [true, true, false, false] {
        let answered = answer(&mut world, offer.clone());
        assert_eq!(answered.is_ok(), expected, "{answered:?}");
        assert!(expected || answered.unwrap_err().0 == ErrorCode::Busy);
    }
    assert_eq!(world.sfu.counts().endpoints, 2);
}
