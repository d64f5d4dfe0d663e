//! What JavaScript calls, and what it is called with. Exports take `&self` only and hold no borrow while they call out.

mod kind;

#[cfg(feature = "manager")]
mod manager;
#[cfg(feature = "service")]
mod service;
