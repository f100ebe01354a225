//! Refresh (RFC 8656 section 8).

use turn_types::attribute::Lifetime;

use super::Server;
use super::allocate::seconds;
use super::request::Request;
use crate::allocation::Owner;
use crate::reply::Refusal;

impl Server {
    /// Prolongs an allocation, or ends it when the lifetime asked for is zero.
    pub(super) fn refresh(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let (relay, allocation) = self.owned(request, owner)?;
        if request.family()?.is_some_and(|family| family != allocation.family()) {
            return Err(Refusal::FAMILY_MISMATCH);
        }
        let requested = request.lifetime()?;
        let granted = if requested == Some(0) {
            self.close(relay);
            0
        } else {
            let lifetime = self.lifetime(requested);
            self.allocations.extend(relay, request.now + lifetime);
            seconds(lifetime)
        };
        self.succeed(&request.reply(), &[&Lifetime::new(granted)], Some(&owner.key));
        Ok(())
    }
}
