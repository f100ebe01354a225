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
}

impl From<Token> for mio::Token {
    fn from(token: Token) -> Self {
        Self(match token {
            Token::Waker => 0,
            Token::Port(index) => (index << 2) | 1,
            Token::Relay(index) => (index << 2) | 2,
            Token::Connection(index) => (index << 2) | 3,
        })
    }
}

impl From<mio::Token> for Token {
    fn from(mio::Token(token): mio::Token) -> Self {
        let index = token >> 2;
        match token & 3 {
            0 => Self::Waker,
            1 => Self::Port(index),
            2 => Self::Relay(index),
            _ => Self::Connection(index),
        }
    }
}
