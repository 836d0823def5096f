//! The demo behind `make demo`: real events through real plugins, on a daemon of its own.
//!
//! [`screen`] prints, [`world`] is daemon and receiving server; the scenes follow each other:
//! [`events`], [`refusals`], [`crash`]. Each asserts what it shows: where something is not as
//! it says, the demo ends with an error and not with a nice table.

mod crash;
mod events;
mod refusals;
pub mod screen;
pub mod world;

use anyhow::{Result, ensure};

use screen::Screen;
use world::World;

/// Plays all scenes. With `KEEP=1` in the environment, daemon and server then stay up until
/// Ctrl-C.
///
/// # Errors
/// Where something is not as the demo shows it.
pub async fn run() -> Result<()> {
    let mut screen = Screen::new();
    screen.title(
        "Mortise: an event goes in, sandboxed plugins do the work, nothing accepted is lost",
    );
    let mut world = World::start(&mut screen).await?;
    events::play(&mut screen, &world).await?;
    refusals::play(&mut screen, &world).await?;
    crash::play(&mut screen, &mut world).await?;
    if std::env::var("KEEP").is_ok_and(|keep| !keep.is_empty() && keep != "0") {
        world.keep(&mut screen).await
    } else {
        let status = world.stop().await?;
        ensure!(status.success(), "the daemon ended with {status}");
        screen.end(
            "All of it was checked while it was shown. The daemon has stopped, its folder is gone.",
        );
        screen.note("KEEP=1 make demo keeps it up to be tried by hand.");
        Ok(())
    }
}
