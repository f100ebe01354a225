//! Whatever happens in whatever order: nothing is relayed without a permission or past a lifetime, and no port is lost.

use proptest::prelude::*;

use crate::model::{CLIENTS, Event, Model, PEERS};

fn event() -> impl Strategy<Value = Event> {
    let (client, peer, channel) = (0..CLIENTS, 0..PEERS.len(), 0x4000..0x4002_u16);
    prop_oneof![
        4 => (client.clone(), any::<bool>(), prop::bool::weighted(0.8), any::<bool>())
            .prop_map(|(client, pair, opens, late)| Event::Allocate { client, pair, opens, late }),
        3 => (client.clone(), prop::bool::weighted(0.8))
            .prop_map(|(client, opens)| Event::Bound { client, opens }),
        1 => (client.clone(), prop_oneof![Just(0), Just(600), Just(5000)])
            .prop_map(|(client, seconds)| Event::Refresh { client, seconds }),
        3 => (client.clone(), peer.clone()).prop_map(|(client, peer)| Event::Permit { client, peer }),
        3 => (client.clone(), channel.clone(), peer.clone())
            .prop_map(|(client, channel, peer)| Event::Bind { client, channel, peer }),
        4 => (client.clone(), peer.clone()).prop_map(|(client, peer)| Event::Send { client, peer }),
        4 => (client.clone(), channel).prop_map(|(client, channel)| Event::SendOn { client, channel }),
        4 => (0..8_usize, peer.clone()).prop_map(|(relay, peer)| Event::PeerSends { relay, peer }),
        1 => (0..8_usize, any::<bool>()).prop_map(|(relay, opens)| Event::BoundAgain { relay, opens }),
        1 => (0..8_usize, peer.clone(), 0..12_u8)
            .prop_map(|(relay, peer, kind)| Event::Icmp { relay, peer, kind }),
        1 => (client.clone(), peer, 0..200_usize, any::<u8>())
            .prop_map(|(client, peer, at, change)| Event::Forged { client, peer, at, change }),
        1 => (client.clone(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(client, bytes)| Event::Raw { client, bytes }),
        1 => client.prop_map(|client| Event::Gone { client }),
        3 => prop_oneof![1..60_u64, 200..700_u64].prop_map(|seconds| Event::Pass { seconds }),
    ]
}

proptest! {
    #[test]
    fn nothing_is_relayed_without_a_permission_or_past_a_lifetime_and_no_port_is_lost(
        events in prop::collection::vec(event(), 1..80),
    ) {
        let mut model = Model::new();
        for event in &events {
            model.happen(event);
        }
        model.end();
    }
}
