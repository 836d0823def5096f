//! `mortise runs cancel` and `mortise runs move`

use clap::Args;
use mortise_model::RunId;

use crate::access::orders::Order;
use crate::args::Data;
use crate::commands::order;
use crate::commands::said::Reason;
use crate::exit::Outcome;

/// Stops a run.
#[derive(Args)]
pub struct Cancel {
    /// The run
    id: RunId,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    data: Data,
}

/// Moves a run.
#[derive(Args)]
pub struct Move {
    /// The run
    id: RunId,
    /// The number of the version, as `workflows list` and `runs show` name it
    #[arg(long, value_name = "VERSION")]
    to: u32,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    data: Data,
}

/// Tells a run to stop.
///
/// # Errors
/// `NotFound` where there is no such run, `Failed` where it is at rest.
pub async fn cancel(cancel: Cancel) -> Outcome {
    let wanted = Order::Cancel(cancel.reason.said());
    order(&cancel.data, (cancel.id, wanted)).await
}

/// Tells a run to go on with another version.
///
/// # Errors
/// `NotFound` where there is no such run or version, `Failed` where it does not fit.
pub async fn move_to(wanted: Move) -> Outcome {
    let order_of = Order::Move(wanted.to, wanted.reason.said());
    order(&wanted.data, (wanted.id, order_of)).await
}
