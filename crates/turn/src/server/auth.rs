//! The long-term credential mechanism (RFC 8489 section 9.2).

use std::collections::HashMap;
use std::sync::Arc;

use stun_types::attribute::{
    AttributeStaticType, ErrorCode, Nonce, PasswordAlgorithm, PasswordAlgorithmValue, PasswordAlgorithms,
    Realm, Userhash, Username,
};

use turn_types::attribute::ConnectionId;

use super::Server;
use super::request::Request;
use crate::allocation::{Allocation, Owner};
use crate::connections;
use crate::credentials::{self, User};
use crate::integrity::{self, Key, Signer};
use crate::options::Options;
use crate::output::AllocationId;
use crate::reply::{PASSWORD_ALGORITHMS, Refusal};

impl Server {
    /// Who sent `request`, in the order of checks of RFC 8489 section 9.2.4, but for the nonce: it is checked before the
    /// signature, which costs more.
    pub(super) fn authenticate(&self, request: &Request<'_>) -> Result<Owner, Refusal> {
        let Some(algorithm) = integrity::algorithm(request.message.as_bytes()) else {
            return Err(self.challenge(request, ErrorCode::UNAUTHORIZED));
        };
        let username = self.username(request)?;
        let realm = request.required::<Realm>()?;
        let nonce = request.required::<Nonce>()?;
        let password_algorithm = password_algorithm(request)?;
        if !self.nonces.is_valid(nonce.nonce(), request.client.client.0.ip(), self.unix(request.now)) {
            return Err(self.challenge(request, ErrorCode::STALE_NONCE));
        }
        let unauthorized = || self.challenge(request, ErrorCode::UNAUTHORIZED);
        if realm.realm() != self.options.realm {
            return Err(unauthorized());
        }
        let username = username.ok_or_else(unauthorized)?;
        let password = self.password(request, &username).ok_or_else(unauthorized)?;
        let key = Key::long_term(password_algorithm, &username, &self.options.realm, &password);
        if !integrity::is_signed_with(request.message.as_bytes(), &key) {
            return Err(unauthorized());
        }
        Ok(Owner { username, signer: Signer { key, algorithm } })
    }

    /// The allocation of the client, which `owner` has to have made: else 437 or 441 (RFC 8656 section 5).
    pub(super) fn owned(
        &self,
        request: &Request<'_>,
        owner: &Owner,
    ) -> Result<(AllocationId, &Allocation), Refusal> {
        let id = self.allocations.of_client(&request.client).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        let allocation = self.allocations.get(id).filter(|allocation| allocation.is_live());
        let allocation = allocation.ok_or(Refusal::ALLOCATION_MISMATCH)?;
        if allocation.owner.username == owner.username {
            Ok((id, allocation))
        } else {
            Err(Refusal::WRONG_CREDENTIALS)
        }
    }

    /// USERNAME, or the name behind USERHASH; `None` if nobody has that hash, 400 unless there is one of the two.
    fn username(&self, request: &Request<'_>) -> Result<Option<Arc<str>>, Refusal> {
        match (request.optional::<Username>()?, request.optional::<Userhash>()?) {
            (Some(username), None) => Ok(Some(username.username().into())),
            (None, Some(hash)) => {
                let user = self.hashes.get(hash.hash()).and_then(|index| self.options.users.get(*index));
                Ok(user.map(|user| Arc::from(&*user.name)))
            }
            _ => Err(Refusal::BAD_REQUEST),
        }
    }

    /// The password of `username`. Whoever made the client's allocation may go on using it when the credential expires: a
    /// call does not end because it lasts longer than that.
    fn password(&self, request: &Request<'_>, username: &str) -> Option<String> {
        if let Some(User { password, .. }) = self.options.users.iter().find(|user| user.name == username) {
            return Some(password.clone());
        }
        let allocation = self.concerned(request).and_then(|id| self.allocations.get(id));
        if allocation.is_none_or(|allocation| *allocation.owner.username != *username) {
            credentials::check(username, self.unix(request.now)).ok()?;
        }
        Some(credentials::password(&self.options.secret, username))
    }

    /// The allocation that a request is about: that of its client, or the one whose connection is to be bound.
    fn concerned(&self, request: &Request<'_>) -> Option<AllocationId> {
        let by_connection = || {
            let id = request.message.attribute::<ConnectionId>().ok()?;
            Some(self.connections.get(connections::ConnectionId(id.id()))?.allocation)
        };
        self.allocations.of_client(&request.client).or_else(by_connection)
    }

    fn challenge(&self, request: &Request<'_>, code: u16) -> Refusal {
        let nonce = self.nonces.make(request.client.client.0.ip(), self.unix(request.now));
        Refusal::Challenge { code, realm: self.options.realm.clone(), nonce }
    }
}

/// How the password is made into a key. A client that names none uses MD5, as before RFC 8489; one that does has to repeat
/// the list that it was offered: else somebody on the way may have taken the better ones out (RFC 8489 section 9.2.4, 400).
fn password_algorithm(request: &Request<'_>) -> Result<PasswordAlgorithmValue, Refusal> {
    let offered = request.message.has_attribute(PasswordAlgorithms::TYPE);
    let Some(chosen) = request.optional::<PasswordAlgorithm>()? else {
        return if offered { Err(Refusal::BAD_REQUEST) } else { Ok(PasswordAlgorithmValue::MD5) };
    };
    let repeated = request.required::<PasswordAlgorithms>()?;
    let chosen = chosen.algorithm();
    if repeated.algorithms() == PASSWORD_ALGORITHMS && PASSWORD_ALGORITHMS.contains(&chosen) {
        Ok(chosen)
    } else {
        Err(Refusal::BAD_REQUEST)
    }
}

/// The users by USERHASH (RFC 8489 section 14.4).
pub(super) fn hashes(options: &Options) -> HashMap<[u8; 32], usize> {
    let users = options.users.iter().enumerate();
    users.map(|(index, user)| (Userhash::compute(&user.name, &options.realm), index)).collect()
}
