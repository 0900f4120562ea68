//! Workers by fork: a zygote is a worker that has started and has no function yet.
//!
//! Whoever starts workers starts one zygote by [`Zygote::command`], and asks it for forks. The program serves them with
//! [`serve`], which returns in each child: confined, and with the descriptors that the worker is to have.
//!
//! Each request is a packet with the descriptors, each answer a packet with the child's number. A zygote ends when
//! the other end of its socket is closed.
//!
//! # Layout
//! - [`client`]: asking; [`server`]: forking; [`packets`]: what they say to each other

mod client;
mod packets;
mod server;

pub use client::{PATIENCE, Zygote, ZygoteError};
pub use server::{ServeError, Served, serve};
