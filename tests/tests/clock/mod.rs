//! Somebody sets the clock while much is due: nothing of it is lost, and nothing is done twice.

mod account;
mod dial;
mod jumps;
mod work;
