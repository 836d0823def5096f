//! What a transform gets of the world: a clock that stands still, randomness that is always the
//! same, and nothing to wait for. So it can run to its end on the thread that asked.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::io::{poll as waiting_poll, streams as waiting_streams};
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::io::{poll, streams};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult, TcpSocket, UdpSocket,
};
use wasmtime_wasi::{
    Deterministic, HostMonotonicClock, HostWallClock, WasiCtxBuilder, WasiView as _,
};

use crate::guest::Guest;
use crate::host::wasi_http;

/// 2020-01-01T00:00:00Z: after the dates that certificates and formats begin at.
const NOW_S: u64 = 1_577_836_800;
/// Only has to be the same every time.
const SEED: u128 = 0x6d6f_7274_6973_6520_7472_616e_7366_6f72;

/// Stops the clocks and fixes the randomness.
pub(crate) fn freeze(ctx: &mut WasiCtxBuilder) {
    ctx.wall_clock(Still)
        .monotonic_clock(Still)
        .secure_random(Deterministic::new(SEED.to_le_bytes().to_vec()))
        .insecure_random(Deterministic::new(SEED.to_be_bytes().to_vec()))
        .insecure_random_seed(SEED);
}

struct Still;

impl HostWallClock for Still {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(NOW_S)
    }
}

impl HostMonotonicClock for Still {
    fn resolution(&self) -> u64 {
        1
    }

    /// Not zero, which Go's runtime takes for a clock that does not work.
    fn now(&self) -> u64 {
        1
    }
}

/// Puts functions that never wait in the place of those that might, and leaves no sockets to make.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    poll::add_to_linker::<_, AtOnce>(linker, |guest| Unwaiting(guest.ctx().table))?;
    streams::add_to_linker::<_, AtOnce>(linker, |guest| Unwaiting(guest.ctx().table))?;
    linker
        .instance("wasi:sockets/tcp-create-socket@0.2.12")?
        .func_wrap("create-tcp-socket", |_, _: (AddressFamily,)| {
            Ok((Err::<Resource<TcpSocket>, _>(ErrorCode::AccessDenied),))
        })?;
    linker
        .instance("wasi:sockets/udp-create-socket@0.2.12")?
        .func_wrap("create-udp-socket", |_, _: (AddressFamily,)| {
            Ok((Err::<Resource<UdpSocket>, _>(ErrorCode::AccessDenied),))
        })?;
    wasi_http::link_refusal(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

use wasmtime_wasi::p2::bindings::sockets::network::IpAddressFamily as AddressFamily;

struct AtOnce;

impl HasData for AtOnce {
    type Data<'a> = Unwaiting<'a>;
}

/// The same resources, asked once.
struct Unwaiting<'a>(&'a mut ResourceTable);

/// What a future gives without being waited for.
fn at_once<F: Future>(future: F) -> wasmtime::Result<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(wasmtime::format_err!(
            "a transform cannot wait: it has to give its result from what it was given"
        )),
    }
}

fn at_once_in_stream<T>(future: impl Future<Output = StreamResult<T>>) -> StreamResult<T> {
    at_once(future).map_err(StreamError::Trap)?
}

impl poll::Host for Unwaiting<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        at_once(waiting_poll::Host::poll(self.0, pollables))?
    }
}

impl poll::HostPollable for Unwaiting<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        at_once(waiting_poll::HostPollable::ready(self.0, pollable))?
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        at_once(waiting_poll::HostPollable::block(self.0, pollable))?
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        waiting_poll::HostPollable::drop(self.0, pollable)
    }
}

impl streams::Host for Unwaiting<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(self.0, error)
    }
}

use waiting_streams::{HostInputStream as In, HostOutputStream as Out};

impl streams::HostInputStream for Unwaiting<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<Vec<u8>> {
        In::read(self.0, stream, len)
    }

    fn blocking_read(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<Vec<u8>> {
        at_once_in_stream(In::blocking_read(self.0, stream, len))
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        In::skip(self.0, stream, len)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        at_once_in_stream(In::blocking_skip(self.0, stream, len))
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynInputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        In::subscribe(self.0, stream)
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        at_once(In::drop(self.0, stream))?
    }
}

impl streams::HostOutputStream for Unwaiting<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        Out::check_write(self.0, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        Out::write(self.0, stream, bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        at_once_in_stream(Out::blocking_write_and_flush(self.0, stream, bytes))
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        Out::flush(self.0, stream)
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        at_once_in_stream(Out::blocking_flush(self.0, stream))
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        Out::subscribe(self.0, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        Out::write_zeroes(self.0, stream, len)
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        len: u64,
    ) -> StreamResult<()> {
        at_once_in_stream(Out::blocking_write_zeroes_and_flush(self.0, stream, len))
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        Out::splice(self.0, to, from, len)
    }

    fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        at_once_in_stream(Out::blocking_splice(self.0, to, from, len))
    }

    fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        at_once(Out::drop(self.0, stream))?
    }
}
