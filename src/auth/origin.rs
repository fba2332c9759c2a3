//! Where what is done comes from, for whoever asks later.
//!
//! Not here: writing it down (`audit`). What a reader would get wrong: nothing is decided by it; an address and the name of a
//! program are what the other side says, or a proxy before it.

use std::net::IpAddr;

pub use entity::audit_event::Channel;
use uuid::Uuid;

use super::Actor;

/// Where an actor asks from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// By which way.
    pub channel: Channel,
    /// From which network address.
    pub address: Option<IpAddr>,
    /// With which program, as it calls itself.
    pub agent: Option<String>,
}

impl Origin {
    /// A way in of which nothing more is known.
    #[must_use]
    pub fn of(channel: Channel) -> Self {
        Self { channel, address: None, agent: None }
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The member; none for the operator of the process.
    pub member_id: Option<Uuid>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Where they ask from.
    pub origin: Origin,
}

impl Author {
    pub(super) fn of(actor: &Actor) -> Self {
        let member_id = actor.member();
        Self { member_id, email: member_id.map(|_| actor.email.clone()), origin: actor.origin.clone() }
    }
}
