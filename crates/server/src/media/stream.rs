//! The bytes of a TCP connection, as they are or inside TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::net::TcpStream;
use rustls::ServerConnection;

/// The most that is encrypted ahead of what the client has read, in bytes: one TLS record.
const RECORD: usize = 16 * 1024;

/// A TCP connection, plain or with TLS. Readiness is that of [`tcp`](Self::tcp); with TLS there may be more to read before
/// it tells of any.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<Tls>),
}

/// A TLS session whose handshake is done, and the connection that it runs over.
pub(super) struct Tls {
    session: ServerConnection,
    tcp: TcpStream,
}

impl Stream {
    pub(super) fn new(tcp: TcpStream, session: Option<Box<ServerConnection>>) -> Self {
        let Some(mut session) = session else { return Self::Plain(tcp) };
        session.set_buffer_limit(Some(RECORD));
        Self::Tls(Box::new(Tls { session: *session, tcp }))
    }

    /// Tells the client that nothing more comes; it may go on sending.
    pub(super) fn end(&mut self) {
        if let Self::Tls(tls) = self {
            tls.session.send_close_notify();
            if tls.flush().is_err() {
                // It follows when there is room, and the socket is closed afterwards.
                return;
            }
        }
        // It may be gone already.
        let _ = self.tcp().shutdown(Shutdown::Write);
    }

    /// Whether it is without TLS: then what is read is what the socket has.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    pub(super) fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &mut tls.tcp,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(space),
            Self::Tls(tls) => tls.read(space),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(data),
            Self::Tls(tls) => tls.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Tls {
    /// Takes from the socket once at most, and says `Interrupted` if that brought no data: whoever sends records without
    /// any must not keep the thread to itself.
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.session.reader().read(space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        if self.session.read_tls(&mut self.tcp)? == 0 {
            return Ok(0);
        }
        self.session.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        // A change of keys, for example, wants an answer.
        unless_full(self.flush())?;
        match self.session.reader().read(space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::Interrupted.into()),
            read => read,
        }
    }

    /// Encrypts only what comes behind nothing, so that the session never holds more than [`RECORD`].
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let taken = self.session.writer().write(data)?;
        unless_full(self.flush())?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.tcp) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Drop for Tls {
    /// Without a `close_notify` the client could not tell the end from a connection that somebody cut (RFC 8446, section
    /// 6.1). A client that does not read goes without.
    fn drop(&mut self) {
        self.session.send_close_notify();
        let _ = self.flush();
    }
}

/// What a full socket does not take yet is taken when it becomes writable.
fn unless_full(flushed: io::Result<()>) -> io::Result<()> {
    flushed.or_else(|error| if error.kind() == ErrorKind::WouldBlock { Ok(()) } else { Err(error) })
}
