//! WASI 0.2, as far as languages' standard libraries need it: no files, no sockets, no arguments,
//! no environment; what is printed goes to the step's log. `wasi:http` has a file of its own.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::guest::Guest;
use crate::host::frozen;
use crate::host::wasi_http::Requests;
use crate::host::way::Way;
use crate::log::Log;
use crate::settings::Settings;

/// A guest's part of WASI.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    requests: Requests,
}

impl Wasi {
    /// For a call; what has no way out is frozen as well.
    fn new(settings: &Settings, log: &Log, way: Option<&Way>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(settings.resources_max);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(settings.header_block_max_bytes);
        let mut ctx = WasiCtx::builder();
        ctx.max_random_size(settings.random_max_bytes)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .stdout(Printed::new(log, "info"))
            .stderr(Printed::new(log, "warn"));
        if way.is_none() {
            frozen::freeze(&mut ctx);
        }
        Self {
            ctx: ctx.build(),
            table,
            http,
            requests: Requests::new(settings, log, way),
        }
    }
}

impl Guest {
    fn wasi(&mut self) -> &mut Wasi {
        let way = self.work.as_ref().map(|work| &work.way);
        let (settings, log) = (&self.settings, &self.log);
        self.wasi
            .get_or_insert_with(|| Box::new(Wasi::new(settings, log, way)))
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.ctx,
            table: &mut wasi.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let wasi = self.wasi();
        WasiHttpCtxView {
            hooks: &mut wasi.requests,
            table: &mut wasi.table,
            ctx: &mut wasi.http,
        }
    }
}

/// Standard output or standard error: each line becomes a line of the log.
#[derive(Clone)]
struct Printed {
    log: Log,
    level: &'static str,
    /// The line that has no end yet.
    open: Arc<Mutex<Vec<u8>>>,
}

/// A longer line is cut.
const LINE_MAX_BYTES: usize = 4_096;
/// What one write may bring.
const WRITE_MAX_BYTES: usize = 16 << 10;

impl Printed {
    fn new(log: &Log, level: &'static str) -> Self {
        Self {
            log: log.clone(),
            level,
            open: Arc::default(),
        }
    }

    fn print(&self, bytes: &[u8]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            open.extend_from_slice(piece);
            if open.len() >= LINE_MAX_BYTES || open.ends_with(b"\n") {
                let line = String::from_utf8_lossy(&open);
                let line = line.trim_end_matches(['\n', '\r']).to_owned();
                self.log.write(self.level, line, Vec::new());
                open.clear();
            }
        }
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        // The last owner prints what was never ended.
        if Arc::strong_count(&self.open) == 1 {
            let is_open = {
                let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                !open.is_empty()
            };
            if is_open {
                self.print(b"\n");
            }
        }
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for it, which is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_MAX_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}
