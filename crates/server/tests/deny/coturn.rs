//! Debian's coturn on loopback, as it is without any rule of its own.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{PATIENCE, SECRET};

/// A Binding request of RFC 8489.
const BINDING: [u8; 20] = *b"\x00\x01\x00\x00\x21\x12\xa4\x42anyone there";

/// A running server; it ends with this.
pub(crate) struct Coturn {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

impl Coturn {
    /// One that answers.
    pub(crate) fn start() -> Self {
        let there = Command::new("turnserver").arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(there.is_ok(), "turnserver is missing: `make test` installs it, or `apt-get install coturn`");
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("turnserver.conf");
        std::fs::write(&file, config(address, folder.path())).unwrap();
        let mut command = Command::new("turnserver");
        command.arg("-c").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let coturn = Self { child: command.spawn().unwrap(), address, folder };
        coturn.until_it_answers();
        coturn
    }

    fn until_it_answers(&self) {
        let own = UdpSocket::bind("127.0.0.1:0").unwrap();
        own.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let end = Instant::now() + PATIENCE;
        while own.send_to(&BINDING, self.address).is_err() || own.recv(&mut [0; 512]).is_err() {
            assert!(Instant::now() < end, "{}", self.log());
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Coturn {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn config(address: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let port = address.port();
    format!(
        "listening-port={port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nrelay-ip=::1\n\
         use-auth-secret\nstatic-auth-secret={SECRET}\nrealm=test\nuserdb={folder}/users\n\
         no-cli\nno-tls\nno-dtls\nsimple-log\nlog-file={folder}/log\npidfile={folder}/pid\n"
    )
}
