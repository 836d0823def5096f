//! Which addresses are public, as data.
//!
//! Everything that is not plainly a public unicast address is refused unless the operator allowed
//! it: private networks hold what trusts its neighbours, and an address that embeds another one
//! (mapped, translated, tunnelled) would lead past the check of the inner one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What an address is for, by the registries of special-purpose addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// Reachable for everyone.
    Public,
    /// `0.0.0.0/8`, `::`: this host, on many systems.
    Unspecified,
    /// This host.
    Loopback,
    /// A private network.
    Private,
    /// Carrier-grade NAT.
    Shared,
    /// This link.
    LinkLocal,
    /// Where clouds hand credentials to their machines.
    Metadata,
    /// More than one receiver.
    Multicast,
    /// Used in examples and benchmarks only.
    Documentation,
    /// Embeds an IPv4 address: mapped, NAT64, 6to4, Teredo.
    Embedding,
    /// Not assigned to anything public.
    Reserved,
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "carrier-grade NAT",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::Multicast => "multicast",
            Self::Documentation => "documentation",
            Self::Embedding => "IPv4-embedding",
            Self::Reserved => "reserved",
        })
    }
}

use AddressClass::{
    Documentation, Embedding, LinkLocal, Loopback, Metadata, Multicast, Private, Public, Reserved,
    Shared, Unspecified,
};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8, class: AddressClass) -> (IpNet, AddressClass) {
    let address = IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    (IpNet::new_assert(address, prefix), class)
}

const fn v6(head: [u16; 7], last: u16, prefix: u8, class: AddressClass) -> (IpNet, AddressClass) {
    let [a, b, c, d, e, f, g] = head;
    let address = IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, last));
    (IpNet::new_assert(address, prefix), class)
}

/// The first match counts; an IPv4 address in none of them is public.
const V4: &[(IpNet, AddressClass)] = &[
    v4(169, 254, 169, 254, 32, Metadata), // most clouds
    v4(169, 254, 170, 2, 32, Metadata),   // containers on AWS
    v4(100, 100, 100, 200, 32, Metadata), // Alibaba
    v4(168, 63, 129, 16, 32, Metadata),   // Azure; in a public range
    v4(192, 0, 0, 192, 32, Metadata),     // Oracle
    v4(0, 0, 0, 0, 8, Unspecified),
    v4(10, 0, 0, 0, 8, Private),
    v4(100, 64, 0, 0, 10, Shared),
    v4(127, 0, 0, 0, 8, Loopback),
    v4(169, 254, 0, 0, 16, LinkLocal),
    v4(172, 16, 0, 0, 12, Private),
    v4(192, 0, 0, 0, 24, Reserved),
    v4(192, 0, 2, 0, 24, Documentation),
    v4(192, 88, 99, 0, 24, Embedding), // 6to4 relays
    v4(192, 168, 0, 0, 16, Private),
    v4(198, 18, 0, 0, 15, Documentation), // benchmarks
    v4(198, 51, 100, 0, 24, Documentation),
    v4(203, 0, 113, 0, 24, Documentation),
    v4(224, 0, 0, 0, 4, Multicast),
    v4(240, 0, 0, 0, 4, Reserved), // with broadcast
];

/// The first match counts; an IPv6 address in none of them is reserved.
const V6: &[(IpNet, AddressClass)] = &[
    v6([0; 7], 0, 128, Unspecified),
    v6([0; 7], 1, 128, Loopback),
    v6([0, 0, 0, 0, 0, 0xffff, 0], 0, 96, Embedding), // mapped
    v6([0; 7], 0, 96, Embedding),                     // compatible
    v6([0, 0, 0, 0, 0xffff, 0, 0], 0, 96, Embedding), // translated
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0], 0, 96, Embedding), // NAT64
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0], 0, 48, Embedding), // NAT64, local
    v6([0x2001, 0, 0, 0, 0, 0, 0], 0, 32, Embedding), // Teredo
    v6([0x2001, 0, 0, 0, 0, 0, 0], 0, 23, Reserved),  // protocol assignments
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0], 0, 32, Documentation),
    v6([0x2002, 0, 0, 0, 0, 0, 0], 0, 16, Embedding), // 6to4
    v6([0x3fff, 0, 0, 0, 0, 0, 0], 0, 20, Documentation),
    v6([0x2000, 0, 0, 0, 0, 0, 0], 0, 3, Public), // what is assigned as global unicast
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0], 0x254, 128, Metadata), // AWS
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0], 0x254, 128, Metadata), // Google
    v6([0xfc00, 0, 0, 0, 0, 0, 0], 0, 7, Private),
    v6([0xfe80, 0, 0, 0, 0, 0, 0], 0, 10, LinkLocal),
    v6([0xfec0, 0, 0, 0, 0, 0, 0], 0, 10, Private), // site-local
    v6([0xff00, 0, 0, 0, 0, 0, 0], 0, 8, Multicast),
];

impl AddressClass {
    /// The class of `address`.
    pub fn of(address: IpAddr) -> Self {
        let (table, otherwise) = match address {
            IpAddr::V4(_) => (V4, Public),
            IpAddr::V6(_) => (V6, Reserved),
        };
        let row = table.iter().find(|(network, _)| network.contains(&address));
        row.map_or(otherwise, |(_, class)| *class)
    }
}

/// What may be done with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Public: by TLS only.
    Public,
    /// Allowed by the operator: also by plain `http`.
    Allowed,
    /// Neither.
    Refused(AddressClass),
}

/// Judges the very address that would be connected to; an embedded address is not looked into.
pub(crate) fn judge(address: IpAddr, allow_private: &[IpNet]) -> Verdict {
    if allow_private
        .iter()
        .any(|network| network.contains(&address))
    {
        return Verdict::Allowed;
    }
    match AddressClass::of(address) {
        Public => Verdict::Public,
        class => Verdict::Refused(class),
    }
}
