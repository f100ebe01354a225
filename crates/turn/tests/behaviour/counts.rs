//! What a server says it has done.

use visavis_turn::{Counts, Options, Traffic};

use crate::client::{Client, channel_data};
use crate::world::{PEER, World, options};

#[test]
fn everything_that_happens_is_counted_once() {
    let mut world = World::new(Options { refusals_per_second: 1, bytes_per_second: 10, ..options() });
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    assert_eq!(
        world.receive(Client::udp(2).five_tuple, &Client::udp(2).request(turn_types::message::REFRESH, &[])),
        []
    );
    assert_eq!(world.bind_channel(&mut client, 0x4000, "10.0.0.1:1"), Some(403));
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), None);
    world.receive(client.five_tuple, &channel_data(0x4000, b"seven b"));
    world.receive(client.five_tuple, &channel_data(0x4000, b"too many"));
    world.peer_sends(&relay, PEER, b"six by");
    world.peer_sends(&relay, "1.2.3.5:1", b"not permitted");
    let expected = Counts {
        allocations: 1,
        allocated: 1,
        challenged: 1,
        unanswered: 1,
        refused: 1,
        to_peers: Traffic { datagrams: 1, bytes: 7 },
        to_clients: Traffic { datagrams: 1, bytes: 6 },
        dropped: 2,
    };
    assert_eq!(world.server.counts(), expected);
    world.server.handle_client_gone(&client.five_tuple);
    assert_eq!(world.server.counts(), Counts { allocations: 0, ..expected });
}

#[test]
fn counts_of_shards_add_up() {
    let traffic = Traffic { datagrams: 1, bytes: 2 };
    let one = Counts {
        allocations: 1,
        allocated: 2,
        challenged: 3,
        unanswered: 4,
        refused: 5,
        to_peers: traffic,
        to_clients: Traffic { datagrams: 3, bytes: 4 },
        dropped: 6,
    };
    let mut sum = one;
    sum += one;
    let twice = Counts {
        allocations: 2,
        allocated: 4,
        challenged: 6,
        unanswered: 8,
        refused: 10,
        to_peers: Traffic { datagrams: 2, bytes: 4 },
        to_clients: Traffic { datagrams: 6, bytes: 8 },
        dropped: 12,
    };
    assert_eq!(sum, twice);
}
