//! Refresh (RFC 8656 section 8).

use turn_types::attribute::Lifetime;

use super::Server;
use super::allocate::seconds;
use super::request::Request;
use crate::allocation::Owner;
use crate::output::RelayId;
use crate::registrar::Release;
use crate::reply::Refusal;

impl Server {
    /// Prolongs an allocation, or ends it when the lifetime asked for is zero. Of two relays, a family that is named ends
    /// only the one of that family.
    pub(super) fn refresh(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let (id, allocation) = self.owned(request, owner)?;
        let named = match request.family()? {
            Some(family) => {
                let (_, additional) = allocation.relay_of(family).ok_or(Refusal::FAMILY_MISMATCH)?;
                Some(RelayId { allocation: id, additional })
            }
            None => None,
        };
        let has_both = allocation.relays.iter().all(Option::is_some);
        let requested = request.lifetime()?;
        let granted = match (requested, named) {
            (Some(0), Some(relay)) if has_both => {
                let port = self.unbind(relay);
                self.release(Release::of(port));
                0
            }
            (Some(0), _) => {
                self.close(id);
                0
            }
            _ => {
                let lifetime = self.lifetime(requested);
                self.allocations.extend(id, request.now + lifetime);
                seconds(lifetime)
            }
        };
        self.succeed(&request.reply(), &[&Lifetime::new(granted)], Some(&owner.signer));
        Ok(())
    }
}
