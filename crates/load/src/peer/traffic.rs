//! What goes over one connection.

/// Whose connection it is, where callers have several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Role {
    /// The number of the caller.
    pub(crate) caller: usize,
    /// Whether it leads to another caller; otherwise to a server.
    pub(crate) direct: bool,
}

/// What went over it since the last time that was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) role: Role,
    pub(crate) sent: Flow,
    pub(crate) received: Flow,
    /// Frames that were sent, of all encodings of the picture.
    pub(crate) frames: u64,
}

/// Datagrams one way, whatever was in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) datagrams: u64,
    /// Without the headers of UDP and IP.
    pub(crate) bytes: u64,
}

impl Flow {
    /// Counts one.
    pub(crate) fn add(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
    }
}

impl std::ops::AddAssign for Flow {
    fn add_assign(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
    }
}
