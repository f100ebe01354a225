//! What a readiness event is about.

/// A source of readiness. Indexes of relays and connections are never used twice, so that a late event is
/// harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    /// Another thread wants something.
    Waker,
    /// A socket of the shared port.
    Port(usize),
    /// The socket of a relay.
    Relay(usize),
    /// A TCP connection.
    Connection(usize),
    /// The socket of a TCP relay.
    Listener(usize),
    /// A connection with a peer, or the client's that is joined to it.
    Pipe(usize),
}

impl From<Token> for mio::Token {
    fn from(token: Token) -> Self {
        Self(match token {
            Token::Waker => 0,
            Token::Port(index) => (index << 3) | 1,
            Token::Relay(index) => (index << 3) | 2,
            Token::Connection(index) => (index << 3) | 3,
            Token::Listener(index) => (index << 3) | 4,
            Token::Pipe(index) => (index << 3) | 5,
        })
    }
}

impl From<mio::Token> for Token {
    fn from(mio::Token(token): mio::Token) -> Self {
        let index = token >> 3;
        match token & 7 {
            1 => Self::Port(index),
            2 => Self::Relay(index),
            3 => Self::Connection(index),
            4 => Self::Listener(index),
            5 => Self::Pipe(index),
            _ => Self::Waker,
        }
    }
}
