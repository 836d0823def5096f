//! How many connections each address has open.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by address.
#[derive(Debug)]
pub struct Peers {
    max: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub struct Peer {
    peers: Arc<Peers>,
    address: IpAddr,
}

impl Peers {
    /// Lets each address have so many.
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        let open = Mutex::default();
        Arc::new(Self { max, open })
    }

    /// Counts one more; none where the address has all that it may have.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Peer> {
        let address = whose(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        let peers = Arc::clone(self);
        Some(Peer { peers, address })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let open = self.peers.open.lock();
        let mut open = open.unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = open.entry(self.address) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// Whoever has an address of version 6 has the whole network of 64 bits.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_has_so_many_and_gets_them_back() {
        let peers = Peers::new(2);
        let enter = |text: &str| peers.enter(text.parse().unwrap());
        let first = enter("192.0.2.1").unwrap();
        let _second = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none());
        let _other = enter("192.0.2.2").unwrap();
        drop(first);
        assert!(enter("192.0.2.1").is_some());

        let _one = enter("2001:db8::1").unwrap();
        let _two = enter("2001:db8::2").unwrap();
        assert!(enter("2001:db8::3").is_none());
        assert!(enter("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn nobody_is_remembered_who_left() {
        let peers = Peers::new(1);
        drop(peers.enter("192.0.2.1".parse().unwrap()));
        assert!(peers.open.lock().unwrap().is_empty());
    }
}
