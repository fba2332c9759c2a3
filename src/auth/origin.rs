//! Where what is done comes from, for whoever asks later.
//!
//! Not here: writing it down (`audit`). What a reader would get wrong: nothing is decided by it; an address and the name of a
//! program are what the other side says, or a proxy before it.

use std::net::IpAddr;

pub use entity::audit_event::Channel;
use sea_orm::ActiveEnum;
use serde::Deserialize;
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
    /// As it is stored with what a job is to do, for the job to read again.
    #[must_use]
    pub fn stored(&self) -> String {
        let channel = self.channel.to_value();
        serde_json::json!({ "channel": channel, "address": self.address, "agent": self.agent }).to_string()
    }

    /// What was stored so; none of what this version does not understand.
    #[must_use]
    pub fn of_stored(text: &str) -> Option<Self> {
        let Stored { channel, address, agent } = serde_json::from_str(text).ok()?;
        Some(Self { channel: Channel::try_from_value(&channel).ok()?, address, agent })
    }

    /// A way in of which nothing more is known.
    #[must_use]
    pub fn of(channel: Channel) -> Self {
        Self { channel, address: None, agent: None }
    }
}

/// An origin as JSON.
#[derive(Deserialize)]
struct Stored {
    channel: String,
    address: Option<IpAddr>,
    agent: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let agent = Some("curl/8 \"x\"".to_owned());
        let address = Some("2001:db8::7".parse().unwrap());
        for origin in [Origin { channel: Channel::Api, address, agent }, Origin::of(Channel::Command)] {
            assert_eq!(Origin::of_stored(&origin.stored()), Some(origin));
        }
        for other in ["", "{}", "{\"channel\":\"PIGEON\",\"address\":null,\"agent\":null}"] {
            assert_eq!(Origin::of_stored(other), None);
        }
    }
}
