//! Names to addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// A look-up under way.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Turns a name into addresses, in order of preference. What it gives is checked afterwards, so an
/// implementation need not be trusted. It is never asked for a literal address.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`. May wait for the network; the caller sets the time limit.
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a>;
}

/// The system's resolver (`getaddrinfo`) on tokio's blocking threads.
pub struct SystemResolver {
    places: Arc<Semaphore>,
}

impl SystemResolver {
    /// With so many look-ups at once; more wait.
    pub fn new(lookups_max: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(lookups_max.max(1))),
        }
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        Box::pin(async move {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let host = host.to_owned();
            let lookup = tokio::task::spawn_blocking(move || {
                // A look-up outlives a caller that gave up, and holds its place until it ends.
                let _place = place;
                (host.as_str(), 0)
                    .to_socket_addrs()
                    .map(|found| found.map(|a| a.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}
