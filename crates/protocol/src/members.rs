//! The members of a JSON object, taken out one by one; what is wrong with one is said in plain words.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{ParticipantId, RoomName};

/// Why a member of a message is not what it should be: a sentence that names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidMember(pub(crate) String);

/// The members of one JSON object, not looked into yet. Of several with one name the last counts, as in browsers.
pub(crate) struct Members<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Members<'a> {
    /// Takes `text` apart: a JSON object and nothing else. An array never passes for one, whatever is in it.
    pub(crate) fn read(text: &'a str) -> Result<Self, InvalidMember> {
        if !text.trim_start().starts_with('{') {
            return Err(InvalidMember("not a JSON object".into()));
        }
        serde_json::from_str(text).map(Self).map_err(|error| InvalidMember(format!("not JSON: {error}")))
    }

    /// The member as it was written.
    pub(crate) fn raw(&self, name: &str) -> Result<&'a RawValue, InvalidMember> {
        self.0.get(name).copied().ok_or_else(|| InvalidMember(format!("\"{name}\" is missing")))
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, InvalidMember> {
        self.typed(name, "a string")
    }

    pub(crate) fn whole_number(&self, name: &str) -> Result<u64, InvalidMember> {
        self.typed(name, "a whole number")
    }

    pub(crate) fn number(&self, name: &str) -> Result<f64, InvalidMember> {
        self.typed(name, "a number")
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, InvalidMember> {
        self.typed(name, "true or false")
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self, InvalidMember> {
        Self::read(self.raw(name)?.get()).map_err(|_| not(name, "an object"))
    }

    /// The members of every object in an array.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Self>, InvalidMember> {
        let items: Vec<&'a RawValue> =
            serde_json::from_str(self.raw(name)?.get()).map_err(|_| not(name, "an array"))?;
        let objects = items.into_iter().map(|item| Self::read(item.get()));
        objects.collect::<Result<_, _>>().map_err(|_| not(name, "an array of objects"))
    }

    pub(crate) fn room(&self, name: &str) -> Result<RoomName, InvalidMember> {
        RoomName::new(&self.text(name)?).map_err(|error| InvalidMember(format!("\"{name}\": {error}")))
    }

    pub(crate) fn participant(&self, name: &str) -> Result<ParticipantId, InvalidMember> {
        ParticipantId::new(&self.text(name)?).map_err(|error| InvalidMember(format!("\"{name}\": {error}")))
    }

    /// `None` if the member is absent, or null.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self, &str) -> Result<T, InvalidMember>,
    ) -> Result<Option<T>, InvalidMember> {
        let is_there = self.0.get(name).is_some_and(|value| value.get() != "null");
        is_there.then(|| read(self, name)).transpose()
    }

    /// Whether no member holds members or elements of its own.
    pub(crate) fn is_flat(&self) -> bool {
        self.0.values().all(|value| !value.get().starts_with(['{', '[']))
    }

    fn typed<T: DeserializeOwned>(&self, name: &str, what: &str) -> Result<T, InvalidMember> {
        serde_json::from_str(self.raw(name)?.get()).map_err(|_| not(name, what))
    }
}

fn not(name: &str, what: &str) -> InvalidMember {
    InvalidMember(format!("\"{name}\" is not {what}"))
}
