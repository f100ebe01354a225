//! ICMP errors about datagrams that a socket has sent: Linux keeps them in the socket's error queue (ip(7), IP_RECVERR).

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::libc::{SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, SO_EE_ORIGIN_LOCAL, sock_extended_err};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use visavis_turn::IcmpError;

/// ICMP: destination unreachable, because a fragment would be needed (RFC 792).
const TOO_BIG_V4: (u8, u8) = (3, 4);
/// ICMPv6: packet too big (RFC 4443).
const TOO_BIG_V6: u8 = 2;

/// Room for what comes beside an error, in bytes.
const CONTROL: usize = 512;

/// Has the kernel keep errors from now on.
pub(super) fn keep_errors(socket: &impl AsFd, ipv6: bool) -> io::Result<()> {
    if ipv6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    }
    Ok(())
}

/// The next error that was kept: whom the datagram was for, and what came back. `None` when there is none; errors that are
/// not about a datagram's way are passed over.
pub(super) fn next_error(socket: &impl AsFd) -> Option<(SocketAddr, IcmpError)> {
    loop {
        let mut beginning = [0; 64];
        let mut buffers = [IoSliceMut::new(&mut beginning)];
        // The address, the time and more that the socket wants to know of datagrams come with errors as well.
        let mut control = vec![0; CONTROL];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let fd = socket.as_fd().as_raw_fd();
        let message = match recvmsg::<SockaddrStorage>(fd, &mut buffers, Some(&mut control), flags) {
            Ok(message) => message,
            Err(Errno::EINTR) => continue,
            Err(_) => return None,
        };
        let to = message.address.as_ref().and_then(address);
        let errors = message.cmsgs().ok().and_then(|mut messages| {
            messages.find_map(|message| match message {
                ControlMessageOwned::Ipv4RecvErr(error, _) => icmp_v4(&error),
                ControlMessageOwned::Ipv6RecvErr(error, _) => icmp_v6(&error),
                _ => None,
            })
        });
        if let (Some(to), Some(error)) = (to, errors) {
            return Some((to, error));
        }
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}

fn icmp_v4(error: &sock_extended_err) -> Option<IcmpError> {
    let (kind, code) = match error.ee_origin {
        SO_EE_ORIGIN_ICMP => (error.ee_type, error.ee_code),
        _ if is_too_big_from_here(error) => TOO_BIG_V4,
        _ => return None,
    };
    Some(IcmpError { kind, code, data: if (kind, code) == TOO_BIG_V4 { error.ee_info } else { 0 } })
}

fn icmp_v6(error: &sock_extended_err) -> Option<IcmpError> {
    let (kind, code) = match error.ee_origin {
        SO_EE_ORIGIN_ICMP6 => (error.ee_type, error.ee_code),
        _ if is_too_big_from_here(error) => (TOO_BIG_V6, 0),
        _ => return None,
    };
    Some(IcmpError { kind, code, data: if kind == TOO_BIG_V6 { error.ee_info } else { 0 } })
}

/// Whether the datagram did not even leave: its first link, or the way as it is known, is too narrow.
fn is_too_big_from_here(error: &sock_extended_err) -> bool {
    error.ee_origin == SO_EE_ORIGIN_LOCAL && error.ee_errno == Errno::EMSGSIZE as u32
}
