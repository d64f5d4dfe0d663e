//! The heap of a build for the browser.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

/// Bytes to download count for more than growing an allocation where it lies.
struct Small;

impl GlobalTlsfOptions for Small {
    const ENABLE_REALLOCATION: bool = false;
}

#[global_allocator]
static HEAP: GlobalTlsf<Small> = GlobalTlsf::new();
