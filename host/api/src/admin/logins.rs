//! Whoever guesses tokens is slowed down, by address and altogether, without anybody waiting here.
//!
//! Each failed login is forgotten after a while. An address with too many that are not forgotten is
//! not heard, whatever token it brings but the owner's. Where there are too many of all addresses together, those
//! that failed at all get one try at a time; others are heard as ever, so nobody is locked out by
//! what happens elsewhere. A bucket has to be looked at without taking from it, which the limiters
//! of `governor` do not do.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::Settings;

/// Addresses that are remembered; beyond that only the total counts.
const ADDRESSES_MAX: usize = 10_000;

/// Failed logins that are not forgotten yet.
pub struct Logins {
    one_max: u32,
    total_max: u32,
    forget: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the last failure of each address is forgotten, and by that how many are not.
    clear: HashMap<IpAddr, Instant>,
    /// The same of all together.
    all_clear: Option<Instant>,
}

impl Logins {
    /// None has failed yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            one_max: u32::try_from(settings.failed_logins_max).unwrap_or(u32::MAX),
            total_max: u32::try_from(settings.failed_logins_total_max).unwrap_or(u32::MAX),
            forget: Duration::from_millis(settings.failed_login_ms),
            state: Mutex::default(),
        }
    }

    /// How long an address is not heard yet; none where it is.
    pub fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let clear = *state.clear.get(&network(address))?;
        let crowded = state
            .all_clear
            .is_some_and(|clear| self.over(clear, self.total_max, now).is_some());
        let max = if crowded { 1 } else { self.one_max };
        self.over(clear, max, now)
    }

    /// Counts a failed login.
    pub fn failed(&self, address: IpAddr, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let later =
            |clear: Option<Instant>| clear.map_or(now, |clear| clear.max(now)) + self.forget;
        state.all_clear = Some(later(state.all_clear));
        let network = network(address);
        if state.clear.len() >= ADDRESSES_MAX {
            state.clear.retain(|_, clear| *clear > now);
        }
        if state.clear.len() < ADDRESSES_MAX || state.clear.contains_key(&network) {
            let clear = later(state.clear.get(&network).copied());
            state.clear.insert(network, clear);
        }
    }

    /// How long until fewer than `max` failures are not forgotten; none where that is so.
    fn over(&self, clear: Instant, max: u32, now: Instant) -> Option<Duration> {
        let left = clear.saturating_duration_since(now);
        let allowed = self.forget.saturating_mul(max.saturating_sub(1));
        let wait = left.checked_sub(allowed)?;
        (!wait.is_zero()).then_some(wait)
    }
}

/// Whoever has an address of IPv6 has the 64 bits behind it as well.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn logins() -> Logins {
        Logins::new(&Settings {
            failed_logins_max: 3,
            failed_logins_total_max: 5,
            failed_login_ms: 1_000,
            ..Settings::default()
        })
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_failed_too_often_is_not_heard_for_a_while() {
        let (logins, now) = (logins(), Instant::now());
        for _ in 0..3 {
            assert_eq!(logins.wait(address(1), now), None);
            logins.failed(address(1), now);
        }
        assert_eq!(logins.wait(address(1), now), Some(SECOND));
        assert_eq!(logins.wait(address(2), now), None);
        // One is forgotten: it may try once more.
        let later = now + SECOND;
        assert_eq!(logins.wait(address(1), later), None);
        logins.failed(address(1), later);
        assert_eq!(logins.wait(address(1), later), Some(SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn many_addresses_that_fail_get_one_try_each_and_others_are_heard() {
        let (logins, now) = (logins(), Instant::now());
        for last in 0..5 {
            logins.failed(address(last), now);
        }
        assert_eq!(logins.wait(address(0), now), Some(SECOND));
        assert_eq!(logins.wait(address(9), now), None);
        assert_eq!(logins.wait(address(0), now + SECOND), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_is_one_address() {
        let (logins, now) = (logins(), Instant::now());
        for last in 0..3 {
            let address: IpAddr = format!("2001:db8:0:1::{last}").parse().unwrap();
            logins.failed(address, now);
        }
        let wait = |text: &str| logins.wait(text.parse().unwrap(), now);
        assert!(wait("2001:db8:0:1:ffff::").is_some());
        assert!(wait("2001:db8:0:2::").is_none());
        assert!(wait("::ffff:192.0.2.1").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let (logins, now) = (logins(), Instant::now());
        for number in 0..u32::try_from(ADDRESSES_MAX).unwrap() + 9 {
            logins.failed(IpAddr::V4(number.into()), now);
        }
        let known = || logins.state.lock().unwrap().clear.len();
        assert_eq!(known(), ADDRESSES_MAX);
        logins.failed(address(1), now + SECOND);
        assert_eq!(known(), 1);
    }
}
