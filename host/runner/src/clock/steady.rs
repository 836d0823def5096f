//! A clock that nobody sets back.
//!
//! A clock that is set back by an hour would keep every pause that is under way for an hour longer,
//! and a retry that was a second away with it. So what is due is decided by a clock that goes on
//! from where it was, at half its pace, until the clock of the machine has caught up with it.

use std::time::Duration;

/// The longest time that is caught up with. A clock that was ahead by more than this was never
/// right, and is believed at once when it is.
const BEHIND_MAX: Duration = Duration::from_secs(86_400);

/// What was shown last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steady(Duration);

impl Steady {
    /// Begins with what the machine's clock shows, as all times here since the epoch.
    pub const fn new(machine: Duration) -> Self {
        Self(machine)
    }

    /// What to show when the machine's clock shows this, so long after it was asked last.
    pub fn show(&mut self, machine: Duration, since: Duration) -> Duration {
        let slow = self.0 + since / 2;
        let is_behind = machine < slow && slow - machine <= BEHIND_MAX;
        self.0 = if is_behind { slow } else { machine };
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn it_shows_what_the_machine_shows_also_when_that_is_put_forward() {
        let mut steady = Steady::new(HOUR);
        let second = Duration::from_secs(1);
        assert_eq!(steady.show(HOUR + second, second), HOUR + second);
        assert_eq!(steady.show(HOUR * 3, second), HOUR * 3);
    }

    #[test]
    fn set_back_it_goes_on_at_half_its_pace_until_the_machine_caught_up() {
        let mut steady = Steady::new(HOUR * 10);
        // It is 9 o'clock at once.
        assert_eq!(steady.show(HOUR * 9, Duration::ZERO), HOUR * 10);
        // As often as it is asked.
        let part = Duration::from_micros(100);
        let mut machine = HOUR * 9;
        let mut shown = HOUR * 10;
        for _ in 0..10_000 {
            machine += part;
            let next = steady.show(machine, part);
            assert!(next > shown);
            shown = next;
        }
        assert_eq!(shown, HOUR * 10 + Duration::from_millis(500));
        // Two hours after it was set back.
        assert_eq!(
            steady.show(HOUR * 11, HOUR * 2),
            HOUR * 11 + Duration::from_millis(500)
        );
        assert_eq!(steady.show(HOUR * 12, HOUR), HOUR * 12);
    }

    #[test]
    fn a_clock_that_was_never_right_is_believed_at_once() {
        let year = HOUR * 24 * 365;
        let mut steady = Steady::new(year * 2);
        assert_eq!(steady.show(year, HOUR), year);
    }
}
