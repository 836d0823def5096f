//! What runs the built binary from outside, and knows nothing but what the outside may rely on:
//! no crate of the host is a dependency.
//!
//! Reading order: [`paths`], where the binary, the plugins and the checked-in files are;
//! [`daemon`], a `mortise serve` of one's own in a temporary folder; [`client`], HTTP;
//! [`api`], the admin listener in a few words; [`cli`], the other commands; [`sink`], the server
//! that receives what workflows send, with a ledger by idempotency key; [`plugins`], folders of those
//! that a test uses, and [`warm`], compiled ones kept between tests; [`flood`], many events at
//! once; [`fakes`], applications that connectors speak to; [`mail`], mail servers of others; [`oauth`], an authorization server, and [`person`], who agrees; [`faults`], disks that fail and power that goes; [`matching`], expected against actual JSON; [`scenario`], tests as folders; [`measure`],
//! memory, processor time and disk of a process; [`net`], a network that leads inside; [`postgres`], a database server; [`seed`], randomness that can be repeated;
//! [`wasm`], files that look like plugins and are none; [`versions`], other versions of plugins; [`demo`] and [`bench`], behind the two
//! binaries.
//!
//! Nothing here sleeps to let something happen: the sink and the daemon's long poll say when.

pub mod paths;

pub mod api;
pub mod cli;
pub mod client;
pub mod daemon;
pub mod sink;
pub mod warm;

pub mod fakes;
pub mod faults;
pub mod flood;
pub mod foreign;
pub mod mail;
pub mod matching;
pub mod measure;
pub mod net;
pub mod oauth;
pub mod person;
pub mod plugins;
pub mod postgres;
pub mod scenario;
pub mod seed;
pub mod versions;
pub mod wasm;

pub mod bench;
pub mod demo;
