//! What must not be reached.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long it listens to who came, to be able to say who it was.
const HEARD_MAX: Duration = Duration::from_secs(1);

/// Listens where nobody may connect, and remembers who did.
pub struct Inside {
    visitors: Arc<Mutex<Vec<String>>>,
    serving: Vec<JoinHandle<()>>,
}

impl Inside {
    /// Listens at all of these addresses.
    ///
    /// # Errors
    /// Where one is taken.
    pub async fn at(addresses: &[SocketAddr]) -> Result<Self> {
        let visitors = Arc::<Mutex<Vec<String>>>::default();
        let mut serving = Vec::new();
        for address in addresses {
            let listener = TcpListener::bind(address).await?;
            serving.push(tokio::spawn(serve(listener, Arc::clone(&visitors))));
        }
        Ok(Self { visitors, serving })
    }

    /// Everybody who connected, with the first words.
    #[must_use]
    pub fn visitors(&self) -> Vec<String> {
        let visitors = self.visitors.lock();
        visitors.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        for serving in &self.serving {
            serving.abort();
        }
    }
}

async fn serve(listener: TcpListener, visitors: Arc<Mutex<Vec<String>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let index = {
            let mut visitors = visitors.lock().unwrap_or_else(PoisonError::into_inner);
            visitors.push("said nothing".to_owned());
            visitors.len() - 1
        };
        let visitors = Arc::clone(&visitors);
        tokio::spawn(async move {
            let mut heard = [0; 256];
            let hearing = tokio::time::timeout(HEARD_MAX, stream.read(&mut heard));
            if let Ok(Ok(size)) = hearing.await {
                let words = String::from_utf8_lossy(&heard[..size]).into_owned();
                visitors.lock().unwrap_or_else(PoisonError::into_inner)[index] = words;
            }
        });
    }
}
