//! A server in use: clients, peers, the driver and time do whatever the bytes say, and the model knows what may come of it.

use crate::model::{CLIENTS, Event, Model, PEERS};

/// Panics if the bytes find a fault.
pub(crate) fn run(data: &[u8]) {
    let mut model = Model::new();
    let mut script = Script(data);
    while let Some(event) = script.event() {
        model.happen(&event);
    }
    model.end();
}

/// What happens, as bytes: a letter for the event, and a byte for each number in it. What is missing is 0.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn event(&mut self) -> Option<Event> {
        // Line ends make seeds legible.
        while let Some((b'\n', rest)) = self.0.split_first() {
            self.0 = rest;
        }
        let letter = *self.0.first()?;
        self.0 = &self.0[1..];
        Some(match letter % 16 {
            0 => Event::Bound { client: self.client(), opens: self.flag() },
            1 => self.allocate(),
            2 => Event::Bind { client: self.client(), channel: self.channel(), peer: self.peer() },
            3 => Event::SendOn { client: self.client(), channel: self.channel() },
            4 => Event::Send { client: self.client(), peer: self.peer() },
            5 => Event::PeerSends { relay: self.number(8), peer: self.peer() },
            6 => Event::Refresh { client: self.client(), seconds: u32::from(self.byte()) * 60 },
            7 => Event::Gone { client: self.client() },
            8 => Event::Pass { seconds: u64::from(self.byte()) * 10 },
            9 => Event::Icmp { relay: self.number(8), peer: self.peer(), kind: self.byte() },
            10 => Event::Forged {
                client: self.client(),
                peer: self.peer(),
                at: self.byte().into(),
                change: self.byte(),
            },
            11 => Event::BoundAgain { relay: self.number(8), opens: self.flag() },
            12..=13 => Event::Permit { client: self.client(), peer: self.peer() },
            _ => Event::Raw { client: self.client(), bytes: self.bytes() },
        })
    }

    fn allocate(&mut self) -> Event {
        let client = self.client();
        let how = self.byte();
        Event::Allocate { client, pair: how & 1 != 0, opens: how & 2 == 0, late: how & 4 != 0 }
    }

    fn byte(&mut self) -> u8 {
        let byte = self.0.first().copied().unwrap_or_default();
        self.0 = self.0.get(1..).unwrap_or_default();
        byte
    }

    /// Up to 255 of them, their number first.
    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes.to_vec()
    }

    fn number(&mut self, below: usize) -> usize {
        usize::from(self.byte()) % below
    }

    fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    fn client(&mut self) -> usize {
        self.number(CLIENTS)
    }

    fn peer(&mut self) -> usize {
        self.number(PEERS.len())
    }

    fn channel(&mut self) -> u16 {
        0x4000 + u16::from(self.byte() % 2)
    }
}
