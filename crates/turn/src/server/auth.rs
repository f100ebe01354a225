//! The long-term credential mechanism (RFC 8489 section 9.2).

use std::sync::Arc;

use stun_types::attribute::{AttributeStaticType, ErrorCode, MessageIntegrity, Nonce, Realm, Username};
use stun_types::message::{IntegrityAlgorithm, IntegrityKey, LongTermKeyCredentials};

use super::Server;
use super::request::Request;
use crate::allocation::{Allocation, Owner};
use crate::credentials;
use crate::output::RelayId;
use crate::reply::Refusal;

impl Server {
    /// Who sent `request`, in the order of checks of RFC 8489 section 9.2.4.
    pub(super) fn authenticate(&self, request: &Request<'_>) -> Result<Owner, Refusal> {
        if !request.message.has_attribute(MessageIntegrity::TYPE) {
            return Err(self.challenge(request, ErrorCode::UNAUTHORIZED));
        }
        let username = request.required::<Username>()?;
        let realm = request.required::<Realm>()?;
        let nonce = request.required::<Nonce>()?;
        if !self.nonces.is_valid(nonce.nonce(), &request.client, self.unix(request.now)) {
            return Err(self.challenge(request, ErrorCode::STALE_NONCE));
        }
        let unauthorized = || self.challenge(request, ErrorCode::UNAUTHORIZED);
        if realm.realm() != self.options.realm {
            return Err(unauthorized());
        }
        let owner = self.owner(request, username.username()).ok_or_else(unauthorized)?;
        request.message.validate_integrity_with_key(&owner.key).map_err(|_| unauthorized())?;
        Ok(owner)
    }

    /// The allocation of the client, which `owner` has to have made: else 437 or 441 (RFC 8656 section 5).
    pub(super) fn owned(
        &self,
        request: &Request<'_>,
        owner: &Owner,
    ) -> Result<(RelayId, &Allocation), Refusal> {
        let relay = self.allocations.of_client(&request.client).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        let allocation = self.allocations.get(relay).filter(|allocation| allocation.is_live());
        let allocation = allocation.ok_or(Refusal::ALLOCATION_MISMATCH)?;
        if allocation.owner.username == owner.username {
            Ok((relay, allocation))
        } else {
            Err(Refusal::WRONG_CREDENTIALS)
        }
    }

    /// The key of `username`. Whoever made the client's allocation may go on using it when the credential
    /// expires: a call does not end because it lasts longer than that.
    fn owner(&self, request: &Request<'_>, username: &str) -> Option<Owner> {
        let allocation =
            self.allocations.of_client(&request.client).and_then(|relay| self.allocations.get(relay));
        if let Some(allocation) = allocation.filter(|allocation| *allocation.owner.username == *username) {
            let Owner { username, key } = &allocation.owner;
            return Some(Owner { username: username.clone(), key: key.clone() });
        }
        credentials::check(username, self.unix(request.now)).ok()?;
        Some(Owner { username: Arc::from(username), key: self.key(username) })
    }

    fn key(&self, username: &str) -> IntegrityKey {
        let password = credentials::password(&self.options.secret, username);
        LongTermKeyCredentials::new(username.to_owned(), password, self.options.realm.clone())
            .make_key(IntegrityAlgorithm::Sha1)
    }

    fn challenge(&self, request: &Request<'_>, code: u16) -> Refusal {
        let nonce = self.nonces.make(&request.client, self.unix(request.now));
        Refusal::Challenge { code, realm: self.options.realm.clone(), nonce }
    }
}
