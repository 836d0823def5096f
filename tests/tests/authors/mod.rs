//! What the authors of plugins do, with the binary alone and the tools of their languages.

mod commands;
mod dev;
mod pages;
mod readme;
mod samples;
