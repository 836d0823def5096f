//! Components made of text: what no compiler of a language gives.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::fmt::Write as _;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A plugin with one action, `act`, that answers `1`. What stands in its fields takes the place of
/// what is usual.
pub struct Raw {
    /// More of the world, such as `import mortise:plugin/log@0.1.0;`.
    pub world: &'static str,
    /// Packages that the world names.
    pub packages: &'static str,
    /// The schema of the action's output.
    pub output: &'static str,
    /// The module's imports, which come first in it.
    pub imports: &'static str,
    /// What the function does that the host asks for memory.
    pub realloc: &'static str,
    /// What the action does; it gives a pointer to its result. The usual one is `(i32.const 32)`.
    pub invoke: &'static str,
    /// What the function does that the host calls with the result when it has read it.
    pub post: &'static str,
    /// The pages of its memory.
    pub pages: u32,
    /// Anything else.
    pub more: String,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            world: "",
            packages: "",
            output: "true",
            imports: "",
            realloc: "(i32.const 60000)",
            invoke: "(i32.const 32)",
            post: "",
            pages: 2,
            more: String::new(),
        }
    }
}

/// Never ends, and never asks the host for anything.
pub const LOOP: &str = "(loop $again (br $again)) (unreachable)";

const DESCRIPTOR: &str = r#"{"schema-version":1,"name":"acme/raw","version":"1.0.0","title":"Raw","summary":"","operations":[{"name":"act","role":"action","summary":"","input":true,"output":OUTPUT,"repeat":"safe"}]}"#;

impl Raw {
    pub fn build(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        resolve.push_path(contract).unwrap();
        let text = format!(
            "package test:raw;\n{}\nworld raw {{ {} export mortise:plugin/describe@0.1.0; \
             export mortise:plugin/actions@0.1.0; }}\n",
            self.packages, self.world
        );
        let package = resolve.push_str(Path::new("raw.wit"), &text).unwrap();
        let world = resolve.select_world(&[package], Some("raw")).unwrap();
        let mut module = wat::parse_str(self.text()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        ComponentEncoder::default()
            .module(&module)
            .unwrap()
            .encode()
            .unwrap()
    }

    /// The results stand in its memory: of `describe` at 16, of the action at 32.
    fn text(&self) -> String {
        let mut text = String::new();
        let descriptor = DESCRIPTOR.replace("OUTPUT", self.output);
        let quoted = descriptor.replace('"', "\\\"");
        write!(
            text,
            r#"(module {imports}
                (memory (export "memory") {pages})
                (data (i32.const 16) "{at}{length}")
                (data (i32.const 48) "{one}\01\00\00\00")
                (data (i32.const 1023) "1{quoted}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                (func (export "mortise:plugin/describe@0.1.0#describe") (result i32)
                    (i32.const 16))
                (func (export "mortise:plugin/actions@0.1.0#invoke")
                    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {invoke})
                (func (export "cabi_post_mortise:plugin/actions@0.1.0#invoke") (param i32) {post})
                {more})"#,
            imports = self.imports,
            pages = self.pages,
            at = bytes(1024),
            length = bytes(descriptor.len()),
            one = bytes(1023),
            realloc = self.realloc,
            invoke = self.invoke,
            post = self.post,
            more = self.more,
        )
        .unwrap();
        text
    }
}

/// A number as it stands in memory, in the text of a data segment.
fn bytes(number: usize) -> String {
    let bytes = u32::try_from(number).unwrap().to_le_bytes();
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"))
}

/// Functions that cost a compiler far more than their size: each local variable is carried through
/// each of the loops that lie in each other.
pub fn bomb(functions: usize, locals: usize, loops: usize) -> Raw {
    let mut more = String::new();
    for _ in 0..functions {
        more.push_str("(func (local");
        more.push_str(&" i64".repeat(locals));
        more.push(')');
        more.push_str(&"(loop ".repeat(loops));
        for local in 0..locals {
            write!(
                more,
                "(local.set {local} (i64.add (local.get {local}) (local.get {})))",
                (local + 1) % locals
            )
            .unwrap();
        }
        more.push_str(&"(br_if 0 (i64.eqz (local.get 0))))".repeat(loops));
        more.push(')');
    }
    Raw {
        more,
        ..Raw::default()
    }
}

/// What a world needs that imports a clock.
pub const CLOCKS: &str = "package wasi:io@0.2.6 { interface poll { resource pollable; } }
package wasi:clocks@0.2.6 { interface monotonic-clock { use wasi:io/poll@0.2.6.{pollable};
now: func() -> u64; subscribe-duration: func(when: u64) -> pollable; } }";
