//! Which peers a relay may talk to.
//!
//! A relay stands inside the operator's network, so that everything it can reach must be nobody's private
//! business. Denied are all ranges of the IANA special-purpose address registries, also when embedded in IPv6
//! addresses that lead back to IPv4 (NAT64, 6to4, Teredo). Only an explicitly opened range overrides that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What the policy says about a peer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The operator opened its range.
    Opened,
    /// It is on the public internet.
    Public,
    /// It is in a special-purpose range.
    Denied,
}

/// What this policy says about `ip`, with `opened` ranges.
///
/// An opened IPv4 range does not open its embedded forms: those need to be named themselves.
#[must_use]
pub fn verdict(ip: IpAddr, opened: &[IpNet]) -> Verdict {
    if opened.iter().any(|range| range.contains(&ip)) {
        Verdict::Opened
    } else if is_special(ip) {
        Verdict::Denied
    } else {
        Verdict::Public
    }
}

fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_special_v4(ip),
        IpAddr::V6(ip) => is_special_v6(ip),
    }
}

fn is_special_v4(ip: Ipv4Addr) -> bool {
    SPECIAL_V4.iter().any(|range| range.contains(&ip))
}

fn is_special_v6(ip: Ipv6Addr) -> bool {
    let [_, a, b, c, .., y, z] = ip.segments();
    if NAT64.contains(&ip) {
        is_special_v4(embedded(y, z))
    } else if SIX_TO_FOUR.contains(&ip) {
        is_special_v4(embedded(a, b))
    } else if TEREDO.contains(&ip) {
        // Bits 32 to 63 are the Teredo server, the last 32 the client, inverted (RFC 4380 section 4).
        is_special_v4(embedded(b, c)) || is_special_v4(embedded(!y, !z))
    } else {
        SPECIAL_V6.iter().any(|range| range.contains(&ip))
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// RFC 6052: the last 32 bits are an IPv4 address.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
/// RFC 3056: bits 16 to 47 are an IPv4 address.
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);
/// RFC 4380.
const TEREDO: Ipv6Net = v6(0x2001, 0, 0, 32);

const SPECIAL_V4: [Ipv4Net; 18] = [
    v4(0, 0, 0, 8),       // this network
    v4(10, 0, 0, 8),      // private
    v4(100, 64, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 8),     // loopback
    v4(169, 254, 0, 16),  // link-local, metadata services of clouds
    v4(172, 16, 0, 12),   // private
    v4(192, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 24),    // documentation
    v4(192, 31, 196, 24), // AS112
    v4(192, 52, 193, 24), // AMT
    v4(192, 88, 99, 24),  // 6to4 relay anycast
    v4(192, 168, 0, 16),  // private
    v4(192, 175, 48, 24), // AS112
    v4(198, 18, 0, 15),   // benchmarking
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24),  // documentation
    v4(224, 0, 0, 4),     // multicast
    v4(240, 0, 0, 4),     // reserved, broadcast
];

const SPECIAL_V6: [Ipv6Net; 13] = [
    v6(0, 0, 0, 8), // unspecified, loopback, v4-mapped, v4-compatible, v4-translated, local NAT64
    v6(0x100, 0, 0, 32), // discard, dummy
    v6(0x2001, 0, 0, 23), // protocol assignments
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x2620, 0x4f, 0x8000, 48), // AS112
    v6(0x3fff, 0, 0, 20), // documentation
    v6(0x5f00, 0, 0, 16), // segment routing
    v6(0xfc00, 0, 0, 7), // unique local
    v6(0xfe80, 0, 0, 10), // link-local
    v6(0xfec0, 0, 0, 10), // site-local
    v6(0xff00, 0, 0, 8), // multicast
    v6(0x200, 0, 0, 7), // NSAP, returned
    v6(0x3ffe, 0, 0, 16), // 6bone, returned
];
